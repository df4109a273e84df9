using Health.Adapters.Listening;
using Health.Adapters.Sources;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.Adapters.Certification;

/// <summary><c>GET /adapters/certification?source=&amp;since=</c>: the report of what a source has sent since a time. Reads; the look is audited.</summary>
internal static class CertificationEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/adapters/certification", Certify).RequireAuthorization().AddEndpointFilter(Doors.OperatorsOnly);

    private static async Task<IResult> Certify(
        HttpContext http, SourceRegistry sources, StoredMessages messages, IAuditTrail audit, TimeProvider time, CancellationToken ct, string? source = null, DateTimeOffset? since = null)
    {
        if (source is null || sources.ById(source) is not { } profile) return Doors.Problem(Refusal.NotFound($"There is no source '{source}'; known are {string.Join(", ", sources.All.Select(one => one.Id).Order(StringComparer.Ordinal))}."));
        if (since is null) return Doors.Problem(Refusal.Invalid("since is needed: messages received at that time or later are checked, such as 2026-11-01T00:00:00Z."));
        var caller = Doors.CallerOf(http);
        await audit.Record(
            new AuditFact(Guid.CreateVersion7(time.GetUtcNow()), time.GetUtcNow(), "E", "adapters.certification", 0, caller.Actor, caller.ClientId, caller.InstitutionCode, PurposeOfUse.HOPERAT, caller.RequestId), ct);
        var certifier = new Certifier(profile, time);
        await foreach (var message in messages.Since(profile.Id, since.Value, ct))
        {
            if (certifier.IsFull) break;
            if (message.Raw is { } raw) certifier.Take(raw, message.MessageId, message.IsQuarantined);
        }

        return Results.Ok(certifier.Report());
    }
}
