using Health.CardAgent.Journal;
using Health.CardAgent.Offline;
using Health.CardAgent.Platform;

namespace Health.CardAgent.Desk;

/// <summary>What the clerk can do: register, pre-settle, pay and settle, close. Each gives null when done, or why not.</summary>
public sealed class Visits(
    Tapping tapping, Payment payment, DebitProofs proofs, OutcomeReporter reporter, Settling settling, OfflineVisits offline, MoneyJournal journal, Bridge bridge, VisitStore store, DeskFeed feed, AgentSettings settings)
{
    private static readonly DeskRefusal NoVisit = DeskRefusal.Conflict("尚未挂号", "No visit is registered");

    public async Task<DeskRefusal?> Register(string? departmentCode, CancellationToken ct)
    {
        if (tapping.Known is not { } card) return tapping.Unjudged is { } reading ? RegisterAlone(reading, departmentCode) : DeskRefusal.Conflict("请先刷卡", "Tap a card first");
        var visit = feed.Now.Visit;
        if (visit is { Stage: VisitStage.Settled or VisitStage.Reversed }) Close();
        else if (visit is { Stage: not VisitStage.Requested } || (visit is not null && visit.ChipSerial != card.ChipSerial))
            return DeskRefusal.Conflict("上一就诊未结束，请先结束", "Close the current visit first");
        // A request without an answer is made again under its own number.
        var request = feed.Now.Visit ?? new VisitView(store.NewVisitTx(), VisitStage.Requested, card.ResidentId, card.ChipSerial, departmentCode ?? settings.DepartmentCode)
        {
            MaskedName = Masking.Name(card.Name),
            PurseNo = card.PurseNo,
        };
        settling.Show(request);
        store.Point(request.VisitTx);
        var answer = await bridge.Register(new VisitBody(request.VisitTx, settings.DeskId, request.ResidentId, card.CardNo, request.DepartmentCode), ct);
        if (answer.Value is not { } registered)
        {
            if (!answer.IsUnreachable) Close();
            return DeskRefusal.Of(answer);
        }
        if (registered is { State: "registering" } or { VisitNumber: null or "" }) return DeskRefusal.Conflict($"挂号未完成（{registered.State}），请重试", $"Not registered yet ({registered.State}): try again");
        settling.Show(request with { Stage = VisitStage.Registered, VisitNumber = registered.VisitNumber });
        return null;
    }

    private DeskRefusal? RegisterAlone(CardReading reading, string? departmentCode)
    {
        if (feed.Now.Visit is { Stage: VisitStage.Settled or VisitStage.Reversed }) Close();
        else if (feed.Now.Visit is not null) return DeskRefusal.Conflict("上一就诊未结束，请先结束", "Close the current visit first");
        var (visit, refusal) = offline.Register(reading, departmentCode ?? settings.DepartmentCode);
        if (visit is null) return refusal;
        settling.Show(visit);
        store.Point(visit.VisitTx);
        return null;
    }

    public async Task<DeskRefusal?> PreSettle(IReadOnlyList<FeeLine> lines, CancellationToken ct)
    {
        if (feed.Now.Visit is not { Stage: VisitStage.Registered or VisitStage.PreSettled } visit) return feed.Now.Visit is null ? NoVisit : DeskRefusal.Conflict("此状态不能预结算", "The visit cannot be pre-settled now");
        if (Wrong(lines) is { } wrong) return wrong;
        if (visit.IsOffline)
        {
            settling.Show(OfflineVisits.Quote(visit, lines));
            return null;
        }
        var answer = await bridge.PreSettle(visit.VisitTx, new PreSettlementBody(lines), ct);
        if (answer.Value is not { } quote) return DeskRefusal.Of(answer);
        if (quote.State != "pre-settled") return DeskRefusal.Conflict($"预结算未完成（{quote.State}），请重试", $"Not pre-settled yet ({quote.State}): try again");
        if (quote.FundFen + quote.AccountFen + quote.SelfFen != quote.TotalFen || lines.Sum(line => line.AmountFen) != quote.TotalFen)
            return new DeskRefusal(502, "预结算金额不平，不能收费", "The amounts of the pre-settlement do not add up");
        settling.Show(visit with
        {
            Stage = VisitStage.PreSettled,
            FeeLines = lines,
            TotalFen = quote.TotalFen,
            FundFen = quote.FundFen,
            AccountFen = quote.AccountFen,
            SelfFen = quote.SelfFen,
            ExpiresAt = quote.ExpiresAt,
        });
        return null;
    }

    /// <summary>Pays the own share from the purse and settles. After a paid debit it only settles: pressing again never pays again.</summary>
    public async Task<DeskRefusal?> Pay(CancellationToken ct)
    {
        if (feed.Now.Visit is not { } visit) return NoVisit;
        if (visit.Stage is VisitStage.Unknown or VisitStage.Paying) return DeskRefusal.Conflict("扣款结果未知，请放回原卡核实", "The debit is undecided: put the same card back");
        if (visit.Stage is not (VisitStage.PreSettled or VisitStage.Paid)) return DeskRefusal.Conflict("请先预结算", "Pre-settle first");
        var charged = journal.Entries.Any(entry => entry.VisitTx == visit.VisitTx && entry.IsCharged);
        if (visit.PurseFen > 0 && !charged && await Debit(visit, ct) is { } refusal) return refusal;
        if (feed.Now.Visit is { } paid && paid.Legs.Any(leg => leg.Kind != TenderLeg.Purse && !leg.IsCollected))
            return DeskRefusal.Conflict("还有未收到的支付方式", "Another tender is still to be collected");
        return await reporter.Report(ct)
            ? await settling.Settle(visit.VisitTx, ct)
            : new DeskRefusal(503, "已扣款，平台恢复后自动结算", "Paid; it is settled when the platform is back");
    }

    /// <summary>How the own share is paid: legs that add up to it. Until something was collected they may be planned anew.</summary>
    public async Task<DeskRefusal?> Plan(IReadOnlyList<TenderBody> tenders, CancellationToken ct)
    {
        if (feed.Now.Visit is not { Stage: VisitStage.PreSettled } visit) return feed.Now.Visit is null ? NoVisit : DeskRefusal.Conflict("请先预结算", "Pre-settle first");
        if (visit.IsOffline) return DeskRefusal.Conflict("离线时只能用绵州通支付", "Offline only the purse pays");
        if (tenders.Count is 0 or > 5 || tenders.Any(tender => tender.AmountFen <= 0) || Sum(tenders) != visit.SelfFen)
            return new DeskRefusal(400, "各支付方式之和应等于应付金额", "The tenders must add up to the own share");
        var answer = await bridge.Plan(visit.VisitTx, new TendersBody(tenders), ct);
        if (answer.Value is not { } plan) return DeskRefusal.Of(answer);
        settling.Show(visit with { Legs = Legs(plan) });
        return null;
    }

    /// <summary>Collects a leg that is not the purse's. Pressing again asks what became of it: the platform never collects twice.</summary>
    public async Task<DeskRefusal?> Collect(string leg, string? authCode, CancellationToken ct)
    {
        if (feed.Now.Visit is not { } visit) return NoVisit;
        if (visit.Legs.FirstOrDefault(known => known.Leg == leg) is not { Kind: not TenderLeg.Purse }) return new DeskRefusal(404, "没有这笔支付", "There is no such tender");
        var answer = await bridge.Collect(visit.VisitTx, leg, authCode, ct);
        if (answer.Value is not { } plan) return DeskRefusal.Of(answer);
        settling.Show(visit with { Legs = Legs(plan) });
        return plan.Tenders.FirstOrDefault(known => known.Leg == leg)?.State switch
        {
            "collected" => null,
            "refused" => DeskRefusal.Conflict("对方拒绝收款，请改用其他方式", "The tender was refused: use another"),
            _ => DeskRefusal.Conflict("收款结果未知，正在查询", "The outcome of the tender is not known yet; it is being asked for"),
        };
    }

    /// <summary>Reverses a settled visit, the one at the desk or an earlier one of the day.</summary>
    public async Task<DeskRefusal?> Reverse(string? visitTx, string reason, CancellationToken ct)
    {
        if ((visitTx ?? feed.Now.Visit?.VisitTx) is not { } tx) return NoVisit;
        if (reason.Trim().Length is 0 or > 100) return new DeskRefusal(400, "请写明退费原因（100 字以内）", "A reason of at most 100 characters is needed");
        if (VisitStore.IsOffline(tx)) return DeskRefusal.Conflict("离线收费须在上传后由人工退费", "An offline payment is refunded by a person after its upload");
        if (store.Find(tx) is not { Stage: VisitStage.Settled or VisitStage.Reversed } visit) return DeskRefusal.Conflict("只有本窗口已结算的就诊可以退费", "Only a visit settled at this desk can be reversed here");
        var answer = await bridge.Reverse(tx, reason.Trim(), ct);
        if (answer.Value is null) return DeskRefusal.Of(answer);
        settling.Show(visit with { Stage = VisitStage.Reversed });
        return null;
    }

    /// <summary>Frees the desk for the next patient. Money that is open stays in the journal and is decided whatever is on the screen.</summary>
    public DeskRefusal? Close()
    {
        store.Point(null);
        feed.Change(view => view with { Visit = null, Message = null });
        return null;
    }

    private async Task<DeskRefusal?> Debit(VisitView visit, CancellationToken ct)
    {
        settling.Show(visit with { Stage = VisitStage.Paying });
        var (entry, refusal) = await payment.Debit(visit, ct);
        if (entry is { IsUndecided: true }) entry = payment.ProveNow(entry, proofs);
        settling.Show(entry is null
            ? visit with { Stage = VisitStage.PreSettled }
            : Settling.Decided(visit, entry.IsUndecided ? VisitStage.Unknown : entry.IsCharged ? VisitStage.Paid : VisitStage.PreSettled, entry));
        if (entry is { IsCharged: true }) feed.Change(view => view with { Card = view.Card is { } card ? card with { BalanceFen = entry.Intent.BalanceFen - entry.Intent.AmountFen } : null });
        settling.Count();
        if (entry is null) return refusal;
        if (entry.IsCharged) return null;
        await reporter.Report(ct);
        settling.Count();
        return entry.IsUndecided
            ? DeskRefusal.Conflict("扣款结果未知，请放回原卡核实", "The debit is undecided: put the same card back")
            : DeskRefusal.Conflict("卡片未扣款，请重试", "The card was not charged: try again");
    }

    private static Int128 Sum(IReadOnlyList<TenderBody> tenders) => tenders.Aggregate(Int128.Zero, (sum, tender) => sum + tender.AmountFen);

    private static TenderLeg[] Legs(TendersAnswer plan) => [.. plan.Tenders.Select(leg => new TenderLeg(leg.Leg, leg.Kind, leg.AmountFen, leg.State))];

    private static DeskRefusal? Wrong(IReadOnlyList<FeeLine> lines) => lines switch
    {
        { Count: 0 or > 200 } => new DeskRefusal(400, "费用明细应为 1 至 200 行", "Give 1 to 200 fee lines"),
        _ when lines.Any(line => line.AmountFen is <= 0 or > 100_000_000 || line.Quantity is <= 0 or > 10_000 || line.Code.Length is 0 or > 50 || line.Name.Length is 0 or > 100)
            => new DeskRefusal(400, "费用明细有误：编码、名称、数量、金额（分）", "A fee line is wrong: code, name, quantity, amount in fen"),
        _ => null,
    };
}
