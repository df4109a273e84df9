using System.Globalization;
using Health.CardBridge.Log;
using Health.CardBridge.Payers;
using Health.CardBridge.Registrations;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.CardBridge.Doors;

/// <summary>The calls of a desk. Every call may be repeated and answers as it did, or with where the visit stands by now.</summary>
public static class VisitDoor
{
    public sealed record FeesBody(IReadOnlyList<FeeLine>? FeeLines);

    /// <summary>The debit as the desk will send it. <c>LocalTime</c> yyyyMMddHHmmss; <c>Challenge</c> of INIT FOR PURCHASE, 8 hexadecimal digits.</summary>
    public sealed record IntentBody(string ChipSerial, string PurseNo, long AmountFen, string TerminalNo, long TermSeq, int CardSeq, long BalanceFen, string LocalTime, string? Challenge);

    public sealed record OutcomeBody(string Outcome, string? Tac, string? Mac2, int CardSeq, long TermSeq, string? Sw);

    private static readonly Dictionary<string, DeskReport> Outcomes = new()
    {
        ["debited"] = DeskReport.Debited, ["refused"] = DeskReport.Refused, ["unknown"] = DeskReport.Unknown, ["proved-charged"] = DeskReport.ProvedCharged, ["proved-not-charged"] = DeskReport.ProvedNotCharged,
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var desk = routes.Card(CardDoor.DeskRole);
        desk.MapPost("/taps", Tap);
        desk.MapPost("/visits", Register);
        desk.MapPost("/visits/{visitTx}/pre-settlement", PreSettle);
        desk.MapPost("/visits/{visitTx}/debit/intent", Reserve);
        desk.MapPost("/visits/{visitTx}/debit/outcome", Report);
        desk.MapPost("/visits/{visitTx}/settlement", Settle);
        desk.MapGet("/visits/{visitTx}", Show);
        desk.MapGet("/desks/{deskId}/open", Open);
    }

    private static async Task<IResult> Tap(TapRequest tap, CardTaps taps, HttpContext http, CancellationToken ct)
    {
        if (tap.Holder is null) return CardDoor.Problem(Refusal.Unprocessable("holder: what the chip says of its holder.", "holder"));
        if (CardDoor.Check(CardDoor.Code(tap.DeskId, "deskId"), CardDoor.Digits(tap.TerminalNo, 12, "terminalNo"), CardDoor.CardNo(tap.CardNo), CardDoor.ChipSerial(tap.ChipSerial), CardDoor.Digits(tap.CityCode, 6, "cityCode")) is { } wrong)
            return CardDoor.Problem(wrong);
        return Results.Ok(await taps.Tap(tap, http.Who(), ct));
    }

    private static async Task<IResult> Register(VisitRegistration wanted, VisitRegistrar registrar, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.VisitTx(wanted.VisitTx), CardDoor.Code(wanted.DeskId, "deskId"), CardDoor.Text(wanted.ResidentId, "residentId"), CardDoor.CardNo(wanted.CardNo), CardDoor.Code(wanted.DepartmentCode, "departmentCode")) is { } wrong)
            return CardDoor.Problem(wrong);
        var (state, refusal) = await registrar.Register(wanted, http.Who(), ct);
        if (refusal is not null) return CardDoor.Problem(refusal);
        if (state.Stage == VisitStage.RegistrationRefused) return CardDoor.Problem(Refusal.Unprocessable(state.Reason!));
        var answer = new { wanted.VisitTx, state.Request!.VisitNumber, state = state.Stage.Text(), encounterId = state.Registration?.EncounterId };
        return state.Stage == VisitStage.Registering ? Results.Accepted(null, answer) : Results.Ok(answer);
    }

    private static async Task<IResult> PreSettle(
        string visitTx, FeesBody body, VisitProcess process, VisitLog visits, VisitSecrets secrets, MsgIds msgIds, CardBridgeSettings settings, IKeyring keys, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (FeeLine.Check(body.FeeLines) is { } wrong) return CardDoor.Problem(wrong);
        if (await Mine(visitTx, visits, http, ct) is not { } known) return NotFound();
        var (lines, now) = (body.FeeLines!, clock.GetUtcNow());
        var ids = await msgIds.Next(known.Request!.InstitutionCode, now, 4, ct);
        // Feedetail numbers and batch start with the number of a message, so they are as unique.
        var fees = new FeesTaken(
            now, FeeLine.Sum(lines).Value, lines.Count, FeeLine.Digest(keys, lines), ids[1][12..], ids[0], ids[3], ids[1], ids[2],
            await secrets.Seal(known.Request.ResidentId, visitTx, "lines", lines, ct), settings.InsuranceFirst.Contains(known.Request.InstitutionCode) ? true : null);
        var (state, refusal) = await process.Execute(visitTx, http.Who(), "visit-pre-settle", _ => new TakeFees(fees), ct);
        if (refusal is not null) return CardDoor.Problem(refusal);
        if (state is { Stage: VisitStage.Registered, Reason: { } reason }) return CardDoor.Problem(Refusal.Unprocessable(reason));
        if (state.Quote is not { } quote) return Results.Accepted(null, new { state = state.Stage.Text() });
        return Results.Ok(new { state = state.Stage.Text(), totalFen = quote.Total.Value, fundFen = quote.Fund.Value, accountFen = quote.Account.Value, selfFen = quote.Self.Value, state.ExpiresAt });
    }

    private static async Task<IResult> Reserve(string visitTx, IntentBody body, VisitProcess process, VisitLog visits, VisitSecrets secrets, Bindings.Blacklist blacklist, IKeyring keys, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.ChipSerial(body.ChipSerial), CardDoor.Digits(body.PurseNo, 16, "purseNo"), CardDoor.Digits(body.TerminalNo, 12, "terminalNo"), CardDoor.Digits(body.LocalTime, 14, "localTime")) is { } wrong)
            return CardDoor.Problem(wrong);
        if (!DateTime.TryParseExact(body.LocalTime, "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)) return CardDoor.Problem(Refusal.Unprocessable("localTime: no such time.", "localTime"));
        if (body.TermSeq is < 1 or > uint.MaxValue || body.CardSeq is < 0 or > ushort.MaxValue) return CardDoor.Problem(Refusal.Unprocessable("A sequence is out of its range.", "termSeq"));
        if (body.AmountFen is <= 0 or > FeeLine.MaxAmountFen) return CardDoor.Problem(Refusal.Unprocessable($"An amount is 1 to {FeeLine.MaxAmountFen} fen.", "amountFen"));
        if (body.Challenge is { Length: > 0 } challenge && !PurseProofs.IsCode(challenge)) return CardDoor.Problem(Refusal.Unprocessable("challenge: 8 hexadecimal digits.", "challenge"));
        if (await Mine(visitTx, visits, http, ct) is not { } known) return NotFound();
        if ((await secrets.Holder(known, ct)).PurseNo != body.PurseNo) return CardDoor.Problem(Refusal.Conflict("The purse is not the one bound to the card of this visit."));
        if (known.Collects && await Blocked(blacklist, body.PurseNo, ct) is { } refused) return CardDoor.Problem(refused);
        var debit = new PurseDebit(
            body.ChipSerial, keys.Blind(IdentifierSystems.CityCard, body.PurseNo), body.AmountFen, body.TerminalNo, body.TermSeq, body.CardSeq, body.BalanceFen, body.LocalTime, body.Challenge?.ToUpperInvariant() ?? "");
        return Answer(await process.Execute(visitTx, http.Who(), "debit-intent", _ => new ReserveDebit(clock.GetUtcNow(), debit), ct));
    }

    private static async Task<IResult> Report(string visitTx, OutcomeBody body, VisitProcess process, VisitLog visits, VisitSecrets secrets, PurseProofs proofs, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (body.Outcome is null || !Outcomes.TryGetValue(body.Outcome, out var outcome)) return CardDoor.Problem(Refusal.Unprocessable($"outcome: one of {string.Join(", ", Outcomes.Keys)}.", "outcome"));
        var (tac, mac2, sw) = (body.Tac?.ToUpperInvariant() ?? "", string.IsNullOrEmpty(body.Mac2) ? null : body.Mac2.ToUpperInvariant(), body.Sw ?? "");
        if (tac.Length > 0 && !PurseProofs.IsCode(tac)) return CardDoor.Problem(Refusal.Unprocessable("tac: 8 hexadecimal digits.", "tac"));
        if (outcome == DeskReport.Debited && tac.Length == 0) return CardDoor.Problem(Refusal.Unprocessable("tac: a debit comes with its TAC.", "tac"));
        if (sw.Length > 60) return CardDoor.Problem(Refusal.Unprocessable("sw: at most 60 characters.", "sw"));
        if (await Mine(visitTx, visits, http, ct) is not { } known) return NotFound();
        var holds = tac.Length > 0 && known.Debit is { } debit && proofs.Hold(debit, (await secrets.Holder(known, ct)).PurseNo!, tac, mac2);
        return Answer(await process.Execute(visitTx, http.Who(), "debit-outcome", _ => new ReportDebit(clock.GetUtcNow(), outcome, body.CardSeq, body.TermSeq, tac, mac2, sw, holds), ct));
    }

    private static async Task<IResult> Settle(string visitTx, VisitProcess process, VisitLog visits, Receipts receipts, MsgIds msgIds, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (await Mine(visitTx, visits, http, ct) is not { } known) return NotFound();
        var msgId = (await msgIds.Next(known.Request!.InstitutionCode, clock.GetUtcNow(), 1, ct))[0];
        var (state, refusal) = await process.Execute(visitTx, http.Who(), "visit-settle", _ => new RequestSettlement(clock.GetUtcNow(), msgId), ct);
        if (refusal is not null) return CardDoor.Problem(refusal);
        if (state.ReceiptNumber is not null) return Results.Ok(new { state = state.Stage.Text(), state.SettlementId, receipt = await receipts.Of(state, ct) });
        return Results.Accepted(null, new { state = state.Stage.Text(), state.Reason });
    }

    private static async Task<IResult> Show(string visitTx, VisitLog visits, Receipts receipts, IAuditTrail audit, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (await Mine(visitTx, visits, http, ct) is not { } state) return NotFound();
        var who = http.Who();
        await audit.Record(new AuditFact(Guid.CreateVersion7(), clock.GetUtcNow(), "R", "visit-read", 0, who.Actor, who.ClientId, who.InstitutionCode, PurposeOfUse.HPAYMT, who.RequestId)
        {
            ResidentId = state.Request!.ResidentId, Target = VisitLog.StreamOf(visitTx),
        }, ct);
        return Results.Ok(VisitView.Of(state, state.ReceiptNumber is null ? null : await receipts.Of(state, ct)));
    }

    /// <summary>What a desk must look after when it starts again. Names no person.</summary>
    private static async Task<IResult> Open(string deskId, VisitLog visits, HttpContext http, CancellationToken ct)
    {
        List<VisitView> open = [];
        foreach (var visitTx in await visits.Open(http.Who().InstitutionCode, deskId, ct)) open.Add(VisitView.Of((await visits.Load(visitTx, ct)).State, null));
        return Results.Ok(new { visits = open });
    }

    private static async Task<Refusal?> Blocked(Bindings.Blacklist blacklist, string purseNo, CancellationToken ct) => await blacklist.IsBlocked(purseNo, ct) switch
    {
        true => Refusal.Conflict("The purse is on the operator's blacklist."),
        null => Refusal.Throttled("The operator's blacklist cannot be had: the purse cannot be used now."),
        false => null,
    };

    /// <summary>The visit, if it is one of the caller's institution.</summary>
    internal static async Task<SettlementState?> Mine(string visitTx, VisitLog visits, HttpContext http, CancellationToken ct)
    {
        var (state, _) = await visits.Load(visitTx, ct);
        return state.Request?.InstitutionCode == http.Who().InstitutionCode ? state : null;
    }

    private static IResult Answer(VisitResult result) => result.Refusal is { } refusal ? CardDoor.Problem(refusal) : Results.Ok(new { state = result.State.Stage.Text() });

    internal static IResult NotFound() => CardDoor.Problem(Refusal.NotFound("There is no such visit transaction at this institution."));
}
