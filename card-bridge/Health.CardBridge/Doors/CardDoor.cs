using System.Text.RegularExpressions;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Health.CardBridge.Doors;

/// <summary>What all calls under /card share: who may call, the form of refusals, the form of codes.</summary>
public static partial class CardDoor
{
    public const string DeskRole = "desk", OperatorRole = "operator";

    /// <summary>Calls of this group need one of the roles; those of a desk also an institution.</summary>
    public static RouteGroupBuilder Card(this IEndpointRouteBuilder routes, params string[] roles)
    {
        var group = routes.MapGroup("/card").RequireAuthorization();
        group.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            if (Caller.From(http.User, http.TraceIdentifier, PurposeOfUse.HPAYMT) is not { } caller) return Results.Unauthorized();
            if (!caller.Roles.Any(roles.Contains)) return Problem(Refusal.Forbidden($"One of these roles is needed: {string.Join(", ", roles)}."));
            if (caller.Roles.Contains(DeskRole) && !caller.Roles.Contains(OperatorRole) && caller.InstitutionCode is null) return Problem(Refusal.Forbidden("The token names no institution."));
            http.Items[typeof(Caller)] = caller;
            try
            {
                return await next(context);
            }
            catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                return Problem(Refusal.Conflict($"This was recorded before under another transaction ({taken.ConstraintName})."));
            }
        });
        return group;
    }

    public static Caller Who(this HttpContext http) => (Caller)http.Items[typeof(Caller)]!;

    public static IResult Problem(Refusal refusal) => Results.Problem(
        refusal.Diagnostics, statusCode: refusal.Status, title: refusal.Code,
        extensions: refusal.Expression is null ? null : new Dictionary<string, object?> { ["expression"] = refusal.Expression });

    /// <summary>The first value that has not its form, as a refusal; null when all have.</summary>
    public static Refusal? Check(params ReadOnlySpan<(string? Value, Regex Form, string Name, string What)> values)
    {
        foreach (var (value, form, name, what) in values)
            if (value is null || !form.IsMatch(value)) return Refusal.Unprocessable($"{name}: {what}.", name);
        return null;
    }

    public static (string?, Regex, string, string) VisitTx(string? value) => (value, VisitTxForm(), "visitTx", "1 to 64 letters, digits or . _ | -");
    public static (string?, Regex, string, string) Code(string? value, string name) => (value, CodeForm(), name, "1 to 32 letters, digits or . _ -");
    public static (string?, Regex, string, string) CardNo(string? value) => (value, CardNoForm(), "cardNo", "18 characters, the last a digit or X");
    public static (string?, Regex, string, string) ChipSerial(string? value) => (value, ChipForm(), "chipSerial", "16 hexadecimal digits in upper case");
    public static (string?, Regex, string, string) Digits(string? value, int count, string name) => (value, new Regex($"^[0-9]{{{count}}}$", RegexOptions.CultureInvariant), name, $"{count} digits");
    public static (string?, Regex, string, string) Text(string? value, string name) => (value, TextForm(), name, "1 to 60 characters");

    [GeneratedRegex(@"^[A-Za-z0-9._|\-]{1,64}\z")]
    private static partial Regex VisitTxForm();

    [GeneratedRegex(@"^[A-Za-z0-9._\-]{1,32}\z")]
    private static partial Regex CodeForm();

    [GeneratedRegex(@"^[0-9]{17}[0-9X]\z")]
    private static partial Regex CardNoForm();

    [GeneratedRegex(@"^[0-9A-F]{16}\z")]
    private static partial Regex ChipForm();

    [GeneratedRegex(@"^.{1,60}\z", RegexOptions.Singleline)]
    private static partial Regex TextForm();
}
