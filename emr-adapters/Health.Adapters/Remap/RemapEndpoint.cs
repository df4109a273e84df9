using Health.Adapters.Listening;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.Adapters.Remap;

/// <summary><c>POST /adapters/remap</c>: one page of messages is mapped again; the caller goes on with <c>next</c>.</summary>
internal static class RemapEndpoint
{
    private const int PageMost = 200;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/adapters/remap", Remap).RequireAuthorization().AddEndpointFilter(Doors.OperatorsOnly);

    private static async Task<IResult> Remap(
        HttpContext http, Remapper remapper, IAuditTrail audit, TimeProvider time, CancellationToken ct,
        DateTimeOffset? since = null, string? source = null, string? type = null, long after = 0, int count = 50, bool dryRun = false)
    {
        if (since is null) return Doors.Problem(Refusal.Invalid("since is needed: messages received at that time or later are mapped again, such as 2026-11-01T00:00:00Z."));
        if (count is < 1 or > PageMost) return Doors.Problem(Refusal.Invalid($"count must be from 1 to {PageMost}."));
        var caller = Doors.CallerOf(http);
        await audit.Record(Doors.Fact(http, time, dryRun ? "E" : "U", "adapters.remap", 0), ct);
        return Results.Ok(await remapper.Page(new RemapRequest(since.Value, source, type, after, count, dryRun), caller, ct));
    }
}
