using Health.Adapters.Listening;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.Adapters.Outbound;

/// <summary>The queues of the destinations over HTTP, under <c>/adapters/outbound</c>, for operators.</summary>
internal static class OutboundEndpoints
{
    private static readonly string[] States = ["waiting", "delivered", "dead", "discarded", "erased"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/adapters/outbound").RequireAuthorization().AddEndpointFilter(Doors.OperatorsOnly);
        group.MapGet("", async (OutboundQueue queue, CancellationToken ct) => Results.Ok(await queue.Status(ct)));
        group.MapGet("/messages", List);
        group.MapGet("/messages/{id}", Read);
        group.MapPost("/messages/{id}/retry", Retry);
        group.MapPost("/messages/{id}/discard", Discard);
    }

    private static async Task<IResult> List(
        OutboundQueue queue, CancellationToken ct, string? destination = null, string? state = null, long after = 0, int count = 50)
    {
        if (count is < 1 or > OutboundQueue.PageMost) return Doors.Problem(Refusal.Invalid($"count must be from 1 to {OutboundQueue.PageMost}."));
        if (state is not null && !States.Contains(state)) return Doors.Problem(Refusal.Invalid($"state must be one of {string.Join(", ", States)}."));
        return Results.Ok(await queue.Page(destination, state, after, count, ct));
    }

    /// <summary>Personal data is shown, so the access is in the audit log before the answer goes out.</summary>
    private static async Task<IResult> Read(
        string id, HttpContext http, OutboundDesk desk, IAuditTrail audit, TimeProvider time, CancellationToken ct)
    {
        var found = await desk.Read(id, ct);
        await audit.Record(Doors.Fact(http, time, "R", "adapters.outbound-read", found is null ? 4 : 0) with { Target = $"Binary/{id}", ResidentId = found?.ResidentId }, ct);
        return found is null ? Doors.Problem(Refusal.NotFound("No message of that id.")) : Results.Ok(found.Value.Content);
    }

    private static async Task<IResult> Retry(string id, HttpContext http, OutboundDesk desk, IAuditTrail audit, TimeProvider time, CancellationToken ct) =>
        await Told(id, http, "adapters.outbound-retry", await desk.Retry(id, ct), audit, time, ct);

    private static async Task<IResult> Discard(string id, HttpContext http, OutboundDesk desk, IAuditTrail audit, TimeProvider time, CancellationToken ct) =>
        await Told(id, http, "adapters.outbound-discard", await desk.Discard(id, Doors.CallerOf(http), ct), audit, time, ct);

    private static async Task<IResult> Told(
        string id, HttpContext http, string interaction, Refusal? refusal, IAuditTrail audit, TimeProvider time, CancellationToken ct)
    {
        await audit.Record(Doors.Fact(http, time, "U", interaction, refusal is null ? 0 : 4) with { Target = $"Binary/{id}" }, ct);
        return refusal is null ? Results.Accepted($"/adapters/outbound/messages/{id}", new { messageId = id }) : Doors.Problem(refusal);
    }
}
