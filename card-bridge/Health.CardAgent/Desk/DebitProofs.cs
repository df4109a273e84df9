using Health.CardAgent.Journal;
using Health.Cards;

namespace Health.CardAgent.Desk;

/// <summary>Asks a card that came back about the debits nobody knows the outcome of.</summary>
public sealed class DebitProofs(DeskCards cards, MoneyJournal journal, ILogger<DebitProofs> log)
{
    /// <summary>
    /// Proves what is open on the chip in the reader, after mutual authentication: a forged card must not say that nothing was charged.
    /// Card failures leave the debits undecided and are thrown on.
    /// </summary>
    public void Prove(HealthCardSession session, string chipSerial)
    {
        var open = journal.Undecided.Where(entry => entry.Intent.ChipSerial == chipSerial).ToList();
        if (open.Count == 0) return;
        session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        var purse = cards.Purse(session);
        foreach (var entry in open) Decide(entry, purse.Prove(entry.Intent));
    }

    private void Decide(DebitEntry entry, ProofOutcome outcome)
    {
        switch (outcome)
        {
            case ProofOutcome.Charged charged:
                journal.Decide(entry, Outcomes.ProvedCharged, charged.Tac, charged.Mac2);
                break;
            case ProofOutcome.NotCharged not:
                journal.Decide(entry, Outcomes.ProvedNotCharged, reason: not.Reason);
                break;
            case ProofOutcome.Undecided undecided when entry.Outcome is null:
                journal.Decide(entry, Outcomes.Unknown, reason: undecided.Reason);
                break;
        }
        log.LogInformation("Debit {Key} of visit {VisitTx}: {Outcome}", entry.Key, entry.VisitTx, outcome.GetType().Name);
    }
}
