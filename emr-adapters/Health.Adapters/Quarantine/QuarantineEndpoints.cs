using Health.Adapters.Listening;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.Adapters.Quarantine;

/// <summary>The quarantine over HTTP, under <c>/adapters/quarantine</c>, for operators.</summary>
internal static class QuarantineEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/adapters/quarantine").RequireAuthorization().AddEndpointFilter(Doors.OperatorsOnly);
        group.MapGet("", List);
        group.MapGet("/{id}", Read);
        group.MapPost("/{id}/correction", Correct);
        group.MapPost("/{id}/replay", Replay);
        group.MapPost("/replay", ReplayAll);
    }

    private static async Task<IResult> List([AsParameters] QuarantineFilter filter, QuarantineList list, CancellationToken ct, long after = 0, int count = 50) =>
        count is < 1 or > QuarantineList.PageMost
            ? Doors.Problem(Refusal.Invalid($"count must be from 1 to {QuarantineList.PageMost}."))
            : Results.Ok(await list.Page(filter, after, count, ct));

    /// <summary>Personal data is shown, so the access is in the audit log before the answer goes out.</summary>
    private static async Task<IResult> Read(string id, HttpContext http, QuarantineDesk desk, IAuditTrail audit, TimeProvider time, CancellationToken ct)
    {
        var found = await desk.Read(id, ct);
        await audit.Record(Fact(http, time, "R", "adapters.quarantine-read", id, found is null ? 4 : 0, found?.ResidentId), ct);
        return found is null ? Doors.Problem(Refusal.NotFound("No message of that id waits in the quarantine.")) : Results.Ok(found.Value.Message);
    }

    private static async Task<IResult> Correct(string id, HttpContext http, QuarantineDesk desk, IAuditTrail audit, AdapterSettings settings, TimeProvider time, CancellationToken ct)
    {
        var (text, refusal) = await Doors.ReadEr7Text(http.Request, settings.MaxMessageBytes, ct);
        if (text is null) return Doors.Problem(refusal!);
        var (correction, refused) = await desk.Correct(id, text, Doors.CallerOf(http), ct);
        await audit.Record(Fact(http, time, "U", "adapters.quarantine-correct", id, refused is null ? 0 : 4, null), ct);
        return refused is null ? Results.Accepted($"/adapters/messages/{correction}", new { messageId = correction, corrects = id }) : Doors.Problem(refused);
    }

    private static async Task<IResult> Replay(string id, HttpContext http, QuarantineDesk desk, IAuditTrail audit, TimeProvider time, CancellationToken ct)
    {
        var isReplayed = await desk.Replay(id, ct);
        await audit.Record(Fact(http, time, "U", "adapters.quarantine-replay", id, isReplayed ? 0 : 4, null), ct);
        return isReplayed
            ? Results.Accepted($"/adapters/messages/{id}", new { replayed = 1 })
            : Doors.Problem(Refusal.NotFound("No message of that id waits in the quarantine, or it has a correction under way."));
    }

    private static async Task<IResult> ReplayAll(HttpContext http, QuarantineDesk desk, IAuditTrail audit, TimeProvider time, [AsParameters] QuarantineFilter filter, CancellationToken ct)
    {
        var count = await desk.ReplayAll(filter, ct);
        await audit.Record(Fact(http, time, "U", "adapters.quarantine-replay", null, 0, null), ct);
        return Results.Accepted(null, new { replayed = count });
    }

    private static AuditFact Fact(HttpContext http, TimeProvider time, string action, string interaction, string? messageId, int outcome, string? residentId) =>
        Doors.Fact(http, time, action, interaction, outcome) with { Target = messageId is null ? null : $"Binary/{messageId}", ResidentId = residentId };
}
