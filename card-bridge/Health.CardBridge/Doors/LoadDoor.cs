using Health.CardBridge.Loads;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.CardBridge.Doors;

/// <summary>Loading a purse at a desk or kiosk. Every call may be repeated.</summary>
public static class LoadDoor
{
    /// <param name="LoadId">The desk's own, as a visit transaction.</param>
    /// <param name="Algorithm">Algorithm byte of the card's answer; only SM4 (04) is served.</param>
    public sealed record RequestBody(string? LoadId, string? ChipSerial, string? PurseNo, long AmountFen, string? TerminalNo, long BalanceFen, int CardSeq, int KeyVersion, int Algorithm, string? Challenge, string? Mac1);

    /// <param name="Outcome"><c>loaded</c> or <c>not-loaded</c>.</param>
    public sealed record OutcomeBody(string? Outcome, string? Tac);

    private const long MaxAmountFen = 50_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var desk = routes.Card(CardDoor.DeskRole);
        desk.MapPost("/purse/loads", Request);
        desk.MapPost("/purse/loads/{loadId}/outcome", Decide);
    }

    private static async Task<IResult> Request(RequestBody body, LoadProcess process, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.VisitTx(body.LoadId), CardDoor.ChipSerial(body.ChipSerial), CardDoor.Digits(body.PurseNo, 16, "purseNo"), CardDoor.Digits(body.TerminalNo, 12, "terminalNo")) is { } wrong) return CardDoor.Problem(wrong);
        if (body.AmountFen is <= 0 or > MaxAmountFen) return CardDoor.Problem(Refusal.Unprocessable($"An amount is 1 to {MaxAmountFen} fen.", "amountFen"));
        if (body.BalanceFen is < 0 or > uint.MaxValue || body.CardSeq is < 0 or > ushort.MaxValue) return CardDoor.Problem(Refusal.Unprocessable("Balance or sequence is out of its range.", "cardSeq"));
        if (body.Challenge is not { } challenge || !PurseProofs.IsCode(challenge) || body.Mac1 is not { } mac1 || !PurseProofs.IsCode(mac1)) return CardDoor.Problem(Refusal.Unprocessable("challenge and mac1: 8 hexadecimal digits.", "mac1"));
        if (body.Algorithm != 4) return CardDoor.Problem(Refusal.Unprocessable("algorithm: only SM4 purses (4) are served.", "algorithm"));
        var (card, cardId, refusal) = await process.CardOf(body.ChipSerial!, body.PurseNo!, ct);
        if (refusal is not null) return CardDoor.Problem(refusal);
        var wanted = new LoadRequested(
            clock.GetUtcNow(), body.LoadId!, http.Who().InstitutionCode!, card!.Made!.ResidentId, cardId!, body.ChipSerial!, body.AmountFen, body.TerminalNo!, body.BalanceFen, body.CardSeq, challenge.ToUpperInvariant(), mac1.ToUpperInvariant());
        return Answer(await process.Request(wanted, body.PurseNo!, http.Who(), ct));
    }

    private static async Task<IResult> Decide(string loadId, OutcomeBody body, LoadProcess process, HttpContext http, CancellationToken ct)
    {
        if (body.Outcome is not ("loaded" or "not-loaded")) return CardDoor.Problem(Refusal.Unprocessable("outcome: loaded or not-loaded.", "outcome"));
        if (body.Tac is { Length: > 0 } tac && !PurseProofs.IsCode(tac)) return CardDoor.Problem(Refusal.Unprocessable("tac: 8 hexadecimal digits.", "tac"));
        return Answer(await process.Decide(loadId, http.Who().InstitutionCode!, body.Outcome == "loaded", string.IsNullOrEmpty(body.Tac) ? null : body.Tac.ToUpperInvariant(), http.Who(), ct));
    }

    // 202: the operator's answer is not known; the same request asks again.
    private static IResult Answer(LoadAnswer result)
    {
        if (result.Refusal is { } refusal) return CardDoor.Problem(refusal);
        var answer = new { state = result.State.Name, localTime = result.State.Right?.LocalTime, result.Mac2, result.State.Refused?.Reason };
        return result.State.Name == "requested" ? Results.Accepted(null, answer) : Results.Ok(answer);
    }
}
