using Health.CardAgent.Journal;
using Health.CardAgent.Platform;

namespace Health.CardAgent.Desk;

/// <summary>Settles visits whose own share is paid (or nothing), writes the receipt, and brings the desk's view of a visit in line with the journal.</summary>
public sealed class Settling(MoneyJournal journal, Bridge bridge, VisitStore visits, DeskFeed feed, AgentSettings settings, ILogger<Settling> log)
{
    // Settlements the platform refused: a person decides, so they are not asked for again by themselves.
    private readonly HashSet<string> refused = new(StringComparer.Ordinal);

    /// <summary>Null when settled; otherwise why not yet.</summary>
    public async Task<DeskRefusal?> Settle(string visitTx, CancellationToken ct)
    {
        if (VisitStore.IsOffline(visitTx))
        {
            Finish(visitTx, null, null);
            return null;
        }
        var answer = await bridge.Settle(visitTx, ct);
        if (answer.Value is not { } settled)
        {
            if (!answer.IsUnreachable) refused.Add(visitTx);
            return DeskRefusal.Of(answer);
        }
        if (settled.SettlementId is not { Length: > 0 } id)
            return DeskRefusal.Conflict($"结算未完成（{settled.State}），请稍后重试", $"Not settled yet ({settled.State}): try again");
        Finish(visitTx, id, settled.Receipt);
        return null;
    }

    private void Finish(string visitTx, string? settlementId, System.Text.Json.JsonElement? receipt)
    {
        foreach (var entry in journal.Entries.Where(entry => entry.VisitTx == visitTx && entry.IsCharged && !entry.Settled)) journal.Settled(entry);
        if (visits.Find(visitTx) is { } visit)
        {
            var done = visit with { Stage = VisitStage.Settled, SettlementId = settlementId };
            var text = ReceiptText.Write(settings.InstitutionName, done, visits.Local, receipt);
            visits.SaveReceipt(visitTx, text);
            Show(done with { Receipt = text });
        }
        log.LogInformation("Visit {VisitTx} settled", visitTx);
    }

    /// <summary>Settles what was paid and lost its settlement to a crash, a tear or a silent platform.</summary>
    public async Task SettlePaid(CancellationToken ct)
    {
        foreach (var entry in journal.Entries.Where(entry => entry is { IsCharged: true, Settled: false, IsUnreported: false, Contested: null } && !refused.Contains(entry.VisitTx)))
        {
            // Somebody is still to pay his part: the clerk settles when he has.
            if (visits.Find(entry.VisitTx) is { } visit && visit.Legs.Any(leg => leg.Kind != TenderLeg.Purse && !leg.IsCollected)) continue;
            await Settle(entry.VisitTx, ct);
        }
    }

    /// <summary>What the journal says about the debit of a visit becomes its stage.</summary>
    public void Follow()
    {
        foreach (var last in journal.Entries.GroupBy(entry => entry.VisitTx).Select(group => group.Last()))
        {
            if (visits.Find(last.VisitTx) is not { Stage: not VisitStage.Settled } visit) continue;
            var stage = last.IsUndecided ? VisitStage.Unknown : last.IsCharged ? VisitStage.Paid : VisitStage.PreSettled;
            if (visit.Stage is VisitStage.Paying or VisitStage.Unknown && stage != visit.Stage) Show(Decided(visit, stage, last));
        }
        Count();
    }

    /// <summary>The visit after its debit came to this stage.</summary>
    public static VisitView Decided(VisitView visit, VisitStage stage, DebitEntry entry) => visit with
    {
        Stage = stage,
        Tac = entry.Tac,
        BalanceAfterFen = entry.IsCharged ? entry.Intent.BalanceFen - entry.Intent.AmountFen : null,
        Legs = entry.IsCharged ? [.. visit.Legs.Select(leg => leg.Kind == TenderLeg.Purse ? leg with { State = "collected" } : leg)] : visit.Legs,
    };

    public void Count() => feed.Change(view => view with
    {
        Undecided = [.. journal.Undecided.Select(entry => new OpenDebit(entry.VisitTx, entry.Intent.ChipSerial, entry.Intent.AmountFen, entry.Intent.Local))],
        Unreported = journal.Unreported.Count,
        Contested = journal.Entries.Count(entry => entry.Contested is not null),
    });

    /// <summary>Keeps a visit and shows it if it is the one at the desk.</summary>
    public void Show(VisitView visit)
    {
        visits.Save(visit);
        feed.Change(view => view.Visit is null || view.Visit.VisitTx == visit.VisitTx ? view with { Visit = visit } : view);
    }
}
