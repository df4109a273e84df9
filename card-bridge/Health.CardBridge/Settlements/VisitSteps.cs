using Health.CardBridge.Bindings;
using Health.CardBridge.Payers;
using Health.Contracts;
using Microsoft.Extensions.Logging;

namespace Health.CardBridge.Settlements;

/// <summary>Carries out one step of a visit at payer, operator or record store, and says as a command what came of it. Every step may be repeated.</summary>
public sealed class VisitSteps(
    PayerBook payers, CityCardOperator company, TenderSteps tenders, HospitalSystem his, VisitRecords records, VisitSecrets secrets, IDirectory directory, MsgIds msgIds, TimeProvider clock, ILogger<VisitSteps> log)
{
    /// <summary>Null: no answer that can be relied on; ask again later.</summary>
    public async Task<VisitCommand?> Perform(Step step, SettlementState state, CancellationToken ct) => step switch
    {
        Step.Register => await Register(state, ct),
        Step.CancelRegistration => await CancelRegistration(state, ct),
        Step.UploadVisit => Told(await (await Payer(state, ct)).UploadVisit(Message(state, state.Fees!.VisitMsgId), await secrets.Insured(state, ct), state.Request!.DepartmentCode, ct), state, now => new ConfirmVisitUpload(now)),
        Step.RevokeFees => Told(await (await Payer(state, ct)).RevokeFees(Message(state, state.Fees!.RevokeMsgId!), await secrets.Insured(state, ct), ct), state, now => new ConfirmFeesRevoked(now)),
        Step.UploadFees => Told(
            await (await Payer(state, ct)).UploadFees(Message(state, state.Fees!.FeesMsgId), await secrets.Insured(state, ct), state.Fees.ChargeBatch, await secrets.Lines(state, ct), ct),
            state, now => new ConfirmFeesUpload(now)),
        Step.PreSettle => await PreSettle(state, ct),
        Step.GiveUpWaitingForDebit => new GiveUpWaitingForDebit(clock.GetUtcNow()),
        Step.QueryTender => await tenders.Query(state, ct),
        Step.Abandon => new AbandonCollection(clock.GetUtcNow(), await MsgId(state, ct), "not paid in time"),
        Step.RequestSettlement => new RequestSettlement(clock.GetUtcNow(), await MsgId(state, ct)),
        Step.Settle => await Settle(state, ct),
        Step.Reverse => await Reverse(state, ct),
        Step.Cancel => await Cancel(state, ct),
        Step.Refund => await RefundAny(state, ct),
        Step.PostToHis => await PostToHis(state, ct),
        Step.ReverseAtHis => await ReverseAtHis(state, ct),
        Step.WriteRecords => await records.Settle(state, await secrets.Insured(state, ct), await secrets.Lines(state, ct), ct) ? new ConfirmRecords(clock.GetUtcNow(), state.ReceiptNumber!) : null,
        Step.WriteReversal => await records.Reverse(state, await secrets.Insured(state, ct), await secrets.Lines(state, ct), ct) ? new ConfirmRedReceipt(clock.GetUtcNow(), ReceiptNumbers.Red(state)) : null,
        Step.Close => new CloseVisit(clock.GetUtcNow()),
        _ => throw new InvalidOperationException($"{step} is nothing to perform."),
    };

    /// <summary>Pays a leg with the code at hand; null: the code was lost with a restart, and whether it was sent cannot be known.</summary>
    public async Task<VisitCommand> Pay(SettlementState state, string? authCode, CancellationToken ct) =>
        authCode is null ? tenders.Lose(state, "not answered before a restart") : await tenders.Pay(state, authCode, ct);

    /// <summary>2207 was asked for before a restart: whether it was sent cannot be known.</summary>
    public async Task<VisitCommand> LoseSettlement(SettlementState state, string reason, CancellationToken ct) => new LoseSettlement(clock.GetUtcNow(), reason, await MsgId(state, ct));

    private async Task<VisitCommand?> Register(SettlementState state, CancellationToken ct)
    {
        var request = state.Request!;
        var holder = await secrets.Holder(state, ct);
        var payer = await Payer(state, ct);
        var found = await payer.FindPerson(Message(state, request.PersonMsgId), holder.IdNumber, ct);
        if (found is PayerAnswer<InsuredPerson>.Refused no) return new RefuseRegistration(clock.GetUtcNow(), no.Reason);
        if (found is not PayerAnswer<InsuredPerson>.Accepted { Value: var person }) return Waiting(state, found);
        var registered = await payer.Register(Message(state, request.RegisterMsgId), person, holder.IdNumber, request.VisitNumber, request.DepartmentCode, ct);
        if (registered is PayerAnswer<string>.Refused refused) return new RefuseRegistration(clock.GetUtcNow(), refused.Reason);
        if (registered is not PayerAnswer<string>.Accepted { Value: var visitId }) return Waiting(state, registered);
        if (await records.Register(request, holder, ct) is not var (patientId, encounterId)) return null;
        var insured = new InsuredVisit(person.PersonNumber, person.InsuranceType, person.InsuranceDivision, visitId, holder.IdNumber);
        return new ConfirmRegistration(clock.GetUtcNow(), patientId, encounterId, await secrets.Seal(request.ResidentId, request.VisitTx, "insured", insured, ct));
    }

    private async Task<VisitCommand?> CancelRegistration(SettlementState state, CancellationToken ct)
    {
        var answer = await (await Payer(state, ct)).CancelRegistration(Message(state, state.CancelRegistrationMsgId!), await secrets.Insured(state, ct), ct);
        if (answer is PayerAnswer<Done>.Refused { Reason: var reason }) return new RefuseVisitCancel(clock.GetUtcNow(), reason);
        if (answer is not PayerAnswer<Done>.Accepted) return Waiting(state, answer);
        return await records.Cancel(state, ct) ? new ConfirmVisitCancel(clock.GetUtcNow()) : null;
    }

    private async Task<VisitCommand?> PostToHis(SettlementState state, CancellationToken ct)
    {
        var number = ReceiptNumbers.Of(state);
        var answer = await his.Post(new HisReceipt(number, state.Request!.VisitNumber, state.Request.InstitutionCode, state.Settled!.Total.Value, null), ct);
        if (answer is PayerAnswer<Done>.Accepted) return new ConfirmHisPosting(clock.GetUtcNow(), number);
        return state.Stage == VisitStage.InsuranceSettled ? new LoseHisPosting(clock.GetUtcNow(), ReasonOf(answer)) : Waiting(state, answer);
    }

    private async Task<VisitCommand?> ReverseAtHis(SettlementState state, CancellationToken ct)
    {
        var number = ReceiptNumbers.Red(state);
        var answer = await his.Post(new HisReceipt(number, state.Request!.VisitNumber, state.Request.InstitutionCode, -state.Settled!.Total.Value, state.ReceiptNumber), ct);
        return answer is PayerAnswer<Done>.Accepted ? new ConfirmHisReversal(clock.GetUtcNow(), number) : Waiting(state, answer);
    }

    private async Task<VisitCommand?> PreSettle(SettlementState state, CancellationToken ct)
    {
        var answer = await (await Payer(state, ct)).PreSettle(Message(state, state.PreSettleMsgId!), await BillOf(state, ct), ct);
        return answer switch
        {
            PayerAnswer<Split>.Accepted { Value: var split } => new ConfirmPreSettlement(clock.GetUtcNow(), split),
            PayerAnswer<Split>.Refused { Reason: var reason } => new RefusePreSettlement(clock.GetUtcNow(), reason),
            _ => Waiting(state, answer),
        };
    }

    private async Task<VisitCommand?> Settle(SettlementState state, CancellationToken ct)
    {
        var answer = await (await Payer(state, ct)).Settle(Message(state, state.SettleMsgId!), await BillOf(state, ct), ct);
        return answer switch
        {
            PayerAnswer<SettledBill>.Accepted { Value: var bill } => new ConfirmSettlement(clock.GetUtcNow(), bill.SettlementId, bill.Split, await MsgId(state, ct)),
            PayerAnswer<SettledBill>.Refused { Reason: var reason } => new RefuseSettlement(clock.GetUtcNow(), reason),
            PayerAnswer<SettledBill>.Unknown { Reason: var reason } => await LoseSettlement(state, reason, ct),
            _ => throw new InvalidOperationException("An answer is one of three."),
        };
    }

    private async Task<VisitCommand?> Reverse(SettlementState state, CancellationToken ct)
    {
        var answer = await (await Payer(state, ct)).Reverse(Message(state, state.ReversalMsgId!), await secrets.Insured(state, ct), state.SettleMsgId!, ct);
        return answer is PayerAnswer<Reversal>.Accepted { Value: var reversal } ? new ConfirmReversal(clock.GetUtcNow(), reversal.Found, await MsgId(state, ct)) : Waiting(state, answer);
    }

    private async Task<VisitCommand?> Cancel(SettlementState state, CancellationToken ct)
    {
        var answer = await (await Payer(state, ct)).CancelSettlement(Message(state, state.CancelMsgId!), await secrets.Insured(state, ct), state.SettlementId!, ct);
        return answer is PayerAnswer<Done>.Accepted ? new ConfirmCancellation(clock.GetUtcNow()) : Waiting(state, answer);
    }

    private async Task<VisitCommand?> RefundAny(SettlementState state, CancellationToken ct)
    {
        foreach (var leg in TenderSteps.Returning(state))
            if (await (leg.Kind == TenderKind.Purse ? Refund(state, ct) : tenders.Refund(state, leg, ct)) is { } command) return command;
        return null;
    }

    private async Task<VisitCommand?> Refund(SettlementState state, CancellationToken ct)
    {
        var (debit, purseNo) = (state.Debit!, (await secrets.Holder(state, ct)).PurseNo!);
        if (state.Tac is not { Length: > 0 } tac) return new RefuseRefund(clock.GetUtcNow(), "the debit has no TAC: the operator's file decides");
        // The operator refunds only what it knows as debited.
        var told = await company.Tell(debit, purseNo, tac, ct);
        if (told is PayerAnswer<Done>.Refused rejected) return new RefuseRefund(clock.GetUtcNow(), rejected.Reason);
        if (told is not PayerAnswer<Done>.Accepted) return LostRefund(state, told);
        return await company.Refund(state.RefundId!, purseNo, debit.AmountFen, debit.Key, ct) switch
        {
            PayerAnswer<Done>.Accepted => new ConfirmRefund(clock.GetUtcNow()),
            PayerAnswer<Done>.Refused { Reason: var reason } => new RefuseRefund(clock.GetUtcNow(), reason),
            var lost => LostRefund(state, lost),
        };
    }

    private VisitCommand? LostRefund(SettlementState state, PayerAnswer<Done> answer) =>
        state.Purse!.State == LegState.RefundDue ? new LoseRefund(clock.GetUtcNow(), "the operator's answer was lost") : Waiting(state, answer);

    private VisitCommand? Told(PayerAnswer<Done> answer, SettlementState state, Func<DateTimeOffset, VisitCommand> done) => answer switch
    {
        PayerAnswer<Done>.Accepted => done(clock.GetUtcNow()),
        PayerAnswer<Done>.Refused { Reason: var reason } => new RefusePreSettlement(clock.GetUtcNow(), reason),
        _ => Waiting(state, answer),
    };

    private VisitCommand? Waiting<T>(SettlementState state, PayerAnswer<T> answer)
    {
        log.LogWarning("Visit {VisitTx} waits in {Stage}: {Reason}", state.Request!.VisitTx, state.Stage.Text(), ReasonOf(answer));
        return null;
    }

    private static string ReasonOf<T>(PayerAnswer<T> answer) => answer switch { PayerAnswer<T>.Unknown unknown => unknown.Reason, PayerAnswer<T>.Refused refused => refused.Reason, _ => "" };

    private async Task<IPayer> Payer(SettlementState state, CancellationToken ct)
    {
        var institution = await directory.FindInstitution(state.Request!.InstitutionCode, ct) ?? throw new InvalidOperationException($"Institution {state.Request.InstitutionCode} is not in the register.");
        return payers.For(ChinaTime.DayOf(state.Request.At), institution.DivisionCode) ?? throw new InvalidOperationException($"No payer is connected for {institution.DivisionCode} on that day.");
    }

    private async Task<Bill> BillOf(SettlementState state, CancellationToken ct) => new(await secrets.Insured(state, ct), state.Fees!.ChargeBatch, new Fen(state.Fees.TotalFen));

    private async Task<string> MsgId(SettlementState state, CancellationToken ct) => (await msgIds.Next(state.Request!.InstitutionCode, clock.GetUtcNow(), 1, ct))[0];

    private static PayerMessage Message(SettlementState state, string msgId) => new(msgId, state.Request!.InstitutionCode, state.Request.DeskId, state.Request.At);
}
