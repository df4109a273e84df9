using Health.CardBridge.Log;
using Health.CardBridge.Payers;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.CardBridge.Doors;

/// <summary>Payment by several tenders, and what follows or undoes a settlement. Every call may be repeated.</summary>
public static class TenderDoor
{
    public sealed record TenderBody(string? Kind, long AmountFen);

    public sealed record PlanBody(IReadOnlyList<TenderBody>? Tenders);

    /// <param name="AuthCode">The code the payer shows, for bank and mobile: 6 to 32 digits.</param>
    public sealed record CollectBody(string? AuthCode);

    public sealed record ReversalBody(string? Reason);

    public sealed record RatingBody(int Stars);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var desk = routes.Card(CardDoor.DeskRole);
        desk.MapPost("/visits/{visitTx}/tenders", Plan);
        desk.MapPost("/visits/{visitTx}/tenders/{leg}/collect", Collect);
        desk.MapPost("/visits/{visitTx}/tenders/{leg}/refund", HandBack);
        desk.MapPost("/visits/{visitTx}/cancel", Cancel);
        desk.MapPost("/visits/{visitTx}/reversal", Reverse);
        desk.MapPost("/visits/{visitTx}/rating", Rate);
    }

    private static async Task<IResult> Plan(string visitTx, PlanBody body, VisitProcess process, VisitLog visits, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (body.Tenders is not { Count: > 0 and <= Tenders.MaxLegs } wanted) return CardDoor.Problem(Refusal.Unprocessable($"1 to {Tenders.MaxLegs} tenders are needed.", "tenders"));
        List<(TenderKind, long)> plan = [];
        for (var i = 0; i < wanted.Count; i++)
        {
            if (!Tenders.TryParse(wanted[i]?.Kind, out var kind)) return CardDoor.Problem(Refusal.Unprocessable($"kind: one of {string.Join(", ", Tenders.Names)}.", $"tenders[{i}].kind"));
            plan.Add((kind, wanted[i].AmountFen));
        }
        if (await VisitDoor.Mine(visitTx, visits, http, ct) is null) return VisitDoor.NotFound();
        return Answer(await process.Execute(visitTx, http.Who(), "visit-tenders", _ => new PlanTenders(clock.GetUtcNow(), plan), ct));
    }

    private static async Task<IResult> Collect(string visitTx, string leg, CollectBody body, VisitProcess process, VisitLog visits, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (await VisitDoor.Mine(visitTx, visits, http, ct) is not { } known) return VisitDoor.NotFound();
        var needsCode = known.Legs.FirstOrDefault(one => one.Id == leg) is { Kind: TenderKind.Bank or TenderKind.Mobile, State: LegState.Planned };
        if (needsCode && (body.AuthCode is not { Length: >= 6 and <= 32 } code || !code.All(char.IsAsciiDigit))) return CardDoor.Problem(Refusal.Unprocessable("authCode: the payer's code, 6 to 32 digits.", "authCode"));
        return Answer(await process.Execute(visitTx, http.Who(), "tender-collect", _ => new RequestTender(clock.GetUtcNow(), leg), ct, body.AuthCode));
    }

    /// <summary>The cashier has handed cash back.</summary>
    private static async Task<IResult> HandBack(string visitTx, string leg, VisitProcess process, VisitLog visits, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (await VisitDoor.Mine(visitTx, visits, http, ct) is not { } known) return VisitDoor.NotFound();
        if (known.Legs.FirstOrDefault(one => one.Id == leg) is not { } found) return CardDoor.Problem(Refusal.NotFound("The plan has no such leg."));
        if (found.Kind != TenderKind.Cash) return CardDoor.Problem(Refusal.Conflict("Only cash is handed back at the desk."));
        if (found.State is not (LegState.RefundHeld or LegState.Refunded)) return CardDoor.Problem(Refusal.Conflict($"This leg is {found.State.Text()}: nothing is to be handed back."));
        return Answer(await process.Execute(visitTx, http.Who(), "tender-refund", _ => new ConfirmTenderRefund(clock.GetUtcNow(), leg), ct));
    }

    private static async Task<IResult> Cancel(string visitTx, VisitProcess process, VisitLog visits, MsgIds msgIds, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (await VisitDoor.Mine(visitTx, visits, http, ct) is not { } known) return VisitDoor.NotFound();
        var msgId = (await msgIds.Next(known.Request!.InstitutionCode, clock.GetUtcNow(), 1, ct))[0];
        return Answer(await process.Execute(visitTx, http.Who(), "visit-cancel", _ => new CancelVisit(clock.GetUtcNow(), msgId), ct));
    }

    private static async Task<IResult> Reverse(
        string visitTx, ReversalBody body, VisitProcess process, VisitLog visits, VisitSecrets secrets, MsgIds msgIds, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.Text(body.Reason, "reason")) is { } wrong) return CardDoor.Problem(wrong);
        if (await VisitDoor.Mine(visitTx, visits, http, ct) is not { } known) return VisitDoor.NotFound();
        var now = clock.GetUtcNow();
        var msgId = (await msgIds.Next(known.Request!.InstitutionCode, now, 1, ct))[0];
        var request = new ReversalRequested(now, msgId, ChinaTime.DayOf(known.ChangedAt) != ChinaTime.DayOf(now), await secrets.Seal(known.Request.ResidentId, visitTx, "reversal", body.Reason, ct));
        return Answer(await process.Execute(visitTx, http.Who(), "visit-reverse", _ => new ReverseVisit(request), ct));
    }

    private static async Task<IResult> Rate(string visitTx, RatingBody body, VisitProcess process, VisitLog visits, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (await VisitDoor.Mine(visitTx, visits, http, ct) is null) return VisitDoor.NotFound();
        return Answer(await process.Execute(visitTx, http.Who(), "visit-rate", _ => new RateVisit(clock.GetUtcNow(), body.Stars), ct));
    }

    // 202: something is not known or not finished yet; it is decided without the desk, which asks again.
    private static IResult Answer(VisitResult result)
    {
        if (result.Refusal is { } refusal) return CardDoor.Problem(refusal);
        var state = result.State;
        var answer = new { state = state.Stage.Text(), leftFen = Math.Max(0, state.OwnShareFen - state.CollectedFen), tenders = LegView.Of(state), state.RedReceiptNumber, state.Reason };
        return state.Stage.IsException() || state.Stage is VisitStage.Cancelling or VisitStage.TenderRequested or VisitStage.HisReversed ? Results.Accepted(null, answer) : Results.Ok(answer);
    }
}
