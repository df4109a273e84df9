using System.Globalization;
using Health.CardBridge.Bindings;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.CardBridge.Doors;

/// <summary>The signed blacklist for desks: full, as a delta, and whose signature it carries. Bytes as in Health.Cards (BlacklistDocument, BlacklistDelta).</summary>
public static class BlacklistDoor
{
    public const string VersionHeader = "Blacklist-Version";
    private const string Binary = "application/octet-stream";
    private const int LongestWaitSeconds = 55;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var desk = routes.Card(CardDoor.DeskRole, CardDoor.OperatorRole);
        desk.MapGet("/blacklist/full", Full);
        desk.MapGet("/blacklist/delta", Delta);
        desk.MapGet("/blacklist/issuer", Issuer);
    }

    private static async Task<IResult> Full(BlacklistVersions versions, HttpContext http, CancellationToken ct)
    {
        if (await versions.Latest(ct) is not { } document) return NoList();
        http.Response.Headers[VersionHeader] = document.Version.ToString(CultureInfo.InvariantCulture);
        return Results.Bytes(document.ToBytes(), Binary);
    }

    /// <summary>From a version the desk has: the delta, 204 when there is nothing later, 410 when the full list is needed. <c>wait</c>: seconds to wait for a later version.</summary>
    private static async Task<IResult> Delta(long from, int? wait, BlacklistVersions versions, BlacklistPublisher publisher, HttpContext http, CancellationToken ct)
    {
        if (wait is < 0 or > LongestWaitSeconds) return CardDoor.Problem(Refusal.Invalid($"wait: 0 to {LongestWaitSeconds} seconds.", "wait"));
        if (await versions.Latest(ct) is not { } document) return NoList();
        if (document.Version == from && wait > 0)
        {
            await publisher.WaitFor(from, TimeSpan.FromSeconds(wait.Value), ct);
            document = (await versions.Latest(ct))!;
        }
        if (document.Version == from) return Results.NoContent();
        if (from > document.Version || await versions.Since(from, document, ct) is not { } delta)
            return CardDoor.Problem(Refusal.Gone($"No delta leads from version {from} to {document.Version}: fetch /card/blacklist/full."));
        http.Response.Headers[VersionHeader] = document.Version.ToString(CultureInfo.InvariantCulture);
        return Results.Bytes(delta.ToBytes(), Binary);
    }

    /// <summary>For setting a desk up; a desk never takes the key it believes from here by itself.</summary>
    private static IResult Issuer(BlacklistVersions versions)
    {
        var (key, delegation) = (versions.Issuer.Key.Public, versions.Issuer.Delegation);
        return Results.Ok(new { keyId = key.Id.ToString("X16", CultureInfo.InvariantCulture), publicKey = Convert.ToHexString(key.Bytes.Span), division = delegation?.Division, until = delegation?.NotAfter });
    }

    private static IResult NoList() => CardDoor.Problem(Refusal.Throttled("There is no list yet: the operator's blacklist was never read."));
}
