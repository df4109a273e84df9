using System.Text;
using Health.Contracts;
using Microsoft.AspNetCore.Http;

namespace Health.Adapters.Listening;

/// <summary>What the HTTP doors of this module share: who calls, bodies with a limit, errors as RFC 9457 problems.</summary>
internal static class Doors
{
    public const string Er7 = "x-application/hl7-v2+er7";

    public static Caller CallerOf(HttpContext http) =>
        Caller.From(http.User, http.TraceIdentifier, PurposeOfUse.HOPERAT) ?? throw new InvalidOperationException("The route asks for an authenticated caller.");

    /// <summary>Answers 403 to whoever is authenticated and no operator.</summary>
    public static async ValueTask<object?> OperatorsOnly(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (Caller.From(context.HttpContext.User, context.HttpContext.TraceIdentifier) is not { } caller)
            return Problem(Refusal.Forbidden("The token names no client."));
        return caller.Roles.Contains("operator") ? await next(context) : Problem(Refusal.Forbidden("This is for the role operator."));
    }

    /// <summary>The audit fact of a request to one of these doors.</summary>
    /// <param name="action">C, R, U, D or E.</param>
    public static AuditFact Fact(HttpContext http, TimeProvider time, string action, string interaction, int outcome)
    {
        var caller = CallerOf(http);
        return new AuditFact(Guid.CreateVersion7(time.GetUtcNow()), time.GetUtcNow(), action, interaction, outcome, caller.Actor, caller.ClientId, caller.InstitutionCode, PurposeOfUse.HOPERAT, caller.RequestId);
    }

    public static IResult Problem(Refusal refusal) =>
        Results.Problem(refusal.Diagnostics, statusCode: refusal.Status, extensions: new Dictionary<string, object?> { ["code"] = refusal.Code, ["expression"] = refusal.Expression });

    /// <summary>The body, at most <paramref name="most"/> bytes of it; null when it is longer.</summary>
    public static async Task<byte[]?> ReadBody(HttpRequest request, int most, CancellationToken ct)
    {
        if (request.ContentLength > most) return null;
        if (request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int count;
        while ((count = await request.Body.ReadAsync(chunk, ct)) > 0)
        {
            if (buffer.Length + count > most) return null;
            buffer.Write(chunk, 0, count);
        }

        return buffer.ToArray();
    }

    /// <summary>A text an operator typed: UTF-8; lines may end in any way.</summary>
    public static async Task<(string? Text, Refusal? Refusal)> ReadEr7Text(HttpRequest request, int most, CancellationToken ct)
    {
        if (await ReadBody(request, most, ct) is not { } bytes) return (null, Refusal.TooCostly($"A message may have at most {most} bytes."));
        try
        {
            return (new UTF8Encoding(false, true).GetString(bytes), null);
        }
        catch (DecoderFallbackException)
        {
            return (null, Refusal.Invalid("The corrected text must be UTF-8."));
        }
    }
}
