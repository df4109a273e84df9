using System.Text.Json.Serialization;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.Broker.Residents;

/// <summary>Who read what of a resident, and which resident an identifier belongs to. Both leave an audit fact, refused or not, before they answer.</summary>
internal static class ResidentEndpoints
{
    private const int DefaultLimit = 100, MostEntries = 1000, LongestIdentifier = 256;
    private static readonly string[] Askers = ["commission", "clinician", "desk"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var residents = routes.MapGroup("/broker/residents").RequireAuthorization();
        residents.MapGet("/{residentId}/access-log", AccessLog);
        residents.MapGet("", Find);
    }

    private sealed record Entry(
        long? LogIndex, Guid FactId, DateTimeOffset At, string Action, string Interaction, int Outcome, string Actor, string Client,
        string? Institution, [property: JsonConverter(typeof(JsonStringEnumConverter))] PurposeOfUse Purpose, string? Target, string? Reason);

    private static async Task<IResult> AccessLog(
        string residentId, int? limit, HttpContext http, IAccessLog log, IAuditTrail audit, TimeProvider clock, CancellationToken ct)
    {
        var purpose = PurposeOfUse.PUBHLTH;
        return await Answer(http, audit, clock, "access-log", $"resident/{residentId}", residentId, null, purpose,
            caller => caller.ResidentId is { } own ? own == residentId : caller.Roles.Contains("commission"),
            async () =>
            {
                var entries = await log.OfResident(residentId, Math.Clamp(limit ?? DefaultLimit, 1, MostEntries), ct);
                return Results.Ok(new { residentId, entries = entries.Select(ToEntry) });
            }, ct);
    }

    private static async Task<IResult> Find(string? identifier, HttpContext http, IResidentIndex index, IAccessPolicy policy, IAuditTrail audit, TimeProvider clock, CancellationToken ct)
    {
        var bar = identifier?.IndexOf('|') ?? -1;
        if (identifier is null || bar < 1 || bar == identifier.Length - 1 || identifier.Length > LongestIdentifier)
            return Results.Problem($"identifier must be system|value, at most {LongestIdentifier} characters.", statusCode: StatusCodes.Status400BadRequest);
        var asked = new PersonIdentifier(identifier[..bar], identifier[(bar + 1)..]);
        var residentId = await index.Find(asked, ct);
        // Clinics and desks need the right to search Patients, and get no Patient ids of other institutions; the commission counts sources.
        var asker = Caller.From(http.User, http.TraceIdentifier);
        var mayCommission = asker?.Roles.Contains("commission") == true;
        var maySearch = asker is not null && await policy.Decide(new AccessRequest(asker, AccessKind.Search, "Patient"), ct) is AccessDecision.Permit;
        return await Answer(http, audit, clock, "find-resident", null, residentId, $"identifier={identifier}", PurposeOfUse.TREAT,
            caller => caller.ResidentId is null && caller.Roles.Any(Askers.Contains) && (mayCommission || maySearch),
            async () => Results.Ok(new
            {
                residents = residentId is null ? [] : new[] { new { residentId, patients = mayCommission ? await index.PatientsOf(residentId, ct) : null } },
            }), ct);
    }

    private static async Task<IResult> Answer(
        HttpContext http, IAuditTrail audit, TimeProvider clock, string interaction, string? target, string? residentId, string? detail, PurposeOfUse purpose,
        Func<Caller, bool> mayAsk, Func<Task<IResult>> answer, CancellationToken ct)
    {
        if (Caller.From(http.User, http.TraceIdentifier, purpose) is not { } caller) return Results.Problem("The token names no client.", statusCode: StatusCodes.Status401Unauthorized);
        if (caller.ResidentId is not null) caller = caller with { Purpose = PurposeOfUse.PATRQT };
        var may = mayAsk(caller);
        var fact = new AuditFact(
            Guid.CreateVersion7(clock.GetUtcNow()), clock.GetUtcNow(), target is null ? "E" : "R", interaction, may ? 0 : 4, caller.Actor, caller.ClientId,
            caller.InstitutionCode, caller.Purpose, caller.RequestId)
        {
            Target = target,
            ResidentId = residentId,
            Detail = detail,
            Reason = may ? null : "role-may-not-ask",
        };
        var result = may ? await answer() : Results.Problem("This role may not ask that.", statusCode: StatusCodes.Status403Forbidden);
        await audit.Record(fact, ct);
        return result;
    }

    private static Entry ToEntry(AccessEntry entry)
    {
        var f = entry.Fact;
        return new Entry(entry.LogIndex, f.FactId, f.At, f.Action, f.Interaction, f.Outcome, f.Actor, f.ClientId, f.InstitutionCode, f.Purpose, f.Target, f.Reason);
    }
}
