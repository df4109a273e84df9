using Health.CardAgent.Journal;
using Health.CardAgent.Offline;
using Health.CardAgent.Platform;
using Health.Cards;

namespace Health.CardAgent.Desk;

/// <summary>Carries outcomes from the journal to the platform until it has taken each.</summary>
public sealed class OutcomeReporter(MoneyJournal journal, OfflineDebits offline, Bridge bridge, AgentSettings settings, ILogger<OutcomeReporter> log)
{
    /// <summary>Debits the agent was about to make or made when it died: never sent is not charged, sent without an answer is unknown.</summary>
    public void Recover()
    {
        foreach (var entry in journal.Entries.Where(entry => entry.Outcome is null))
        {
            if (entry.Sent) journal.Decide(entry, Outcomes.Unknown, reason: "the agent ended before the answer");
            else journal.Decide(entry, Outcomes.ProvedNotCharged, reason: "DEBIT was never sent");
        }
    }

    /// <summary>
    /// Debits the platform holds undecided that this journal does not know, because it was lost with its disk: taken over as unknown, to be proved
    /// when the card is back. True when the platform was asked.
    /// </summary>
    public async Task<bool> Adopt(CancellationToken ct)
    {
        if ((await bridge.Open(settings.DeskId, ct)).Value is not { } open) return false;
        var known = journal.Entries.Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var visit in open.Visits)
        {
            if (visit is not { State: "reserved" or "purse-unknown", Debit: { Charged: false } debit }) continue;
            var intent = new PurseIntent(debit.ChipSerial, "", "", debit.AmountFen, 0, debit.CardSeq, debit.TerminalNo, debit.TermSeq, debit.LocalTime, "");
            if (known.Contains(DebitEntry.KeyOf(intent))) continue;
            journal.Decide(journal.Sending(journal.Intend(visit.VisitTx, intent)), Outcomes.Unknown, reason: "the platform holds it and the journal was lost");
            log.LogWarning("Debit {Key} of visit {VisitTx} was taken over from the platform", DebitEntry.KeyOf(intent), visit.VisitTx);
        }
        return true;
    }

    /// <summary>True when nothing is left to report; false when the platform is away.</summary>
    public async Task<bool> Report(CancellationToken ct)
    {
        // What a desk did alone goes into its signed journal, which is uploaded by itself.
        foreach (var entry in journal.Unreported.Where(entry => VisitStore.IsOffline(entry.VisitTx)))
        {
            offline.Decide(entry);
            journal.Reported(entry, entry.Outcome!);
        }
        foreach (var entry in journal.Unreported)
            if (!await Report(entry, ct)) return false;
        return true;
    }

    private async Task<bool> Report(DebitEntry entry, CancellationToken ct)
    {
        var answer = await bridge.Report(entry.VisitTx, Body(entry, entry.Outcome!), ct);
        // The platform gave up waiting meanwhile and takes only proofs: a refusal was confirmed by the card when it was made.
        if (answer.Status == 409 && entry.Outcome == Outcomes.Refused) answer = await bridge.Report(entry.VisitTx, Body(entry, Outcomes.ProvedNotCharged), ct);
        if (answer.IsOk)
        {
            journal.Reported(entry, entry.Outcome!);
            return true;
        }
        // No token or no right is a matter of configuration, not of this debit: it is reported once that is mended.
        if (answer.IsUnreachable || answer.Status is 401 or 403 or 429) return false;
        // Never sent, and the platform holds no reservation: both agree.
        if (!entry.Sent) journal.Reported(entry, entry.Outcome!);
        else journal.Contested(entry, $"{answer.Status} {answer.Detail}");
        log.LogWarning("The platform answered {Status} to the outcome {Outcome} of debit {Key}", answer.Status, entry.Outcome, entry.Key);
        return true;
    }

    private static OutcomeBody Body(DebitEntry entry, string outcome) => new(outcome, entry.Tac, entry.Mac2, entry.Intent.CardSeq, entry.Intent.TermSeq, entry.Sw);
}
