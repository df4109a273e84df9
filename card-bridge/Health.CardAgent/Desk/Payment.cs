using Health.CardAgent.Journal;
using Health.CardAgent.Offline;
using Health.CardAgent.Platform;
using Health.Cards;

namespace Health.CardAgent.Desk;

/// <summary>
/// One debit of the purse. Order: INIT, journal, platform reserves (durable), journal "sending", DEBIT, journal, report. Whatever is cut
/// between two of them can be decided later, and DEBIT is sent once at most.
/// </summary>
public sealed class Payment(DeskCards cards, MoneyJournal journal, Bridge bridge, OutcomeReporter reporter, OfflineDebits offline, VisitStore visits, AgentSettings settings)
{
    /// <summary>The debit as far as it is known, or why none was begun.</summary>
    public async Task<(DebitEntry? Entry, DeskRefusal? Refusal)> Debit(VisitView visit, CancellationToken ct)
    {
        if (journal.Entries.Any(entry => entry.VisitTx == visit.VisitTx && entry.IsUndecided))
            return (null, DeskRefusal.Conflict("上一笔扣款结果未知，请放回原卡核实", "The last debit is undecided: put the same card back"));
        if (visit.PurseNo is null)
            return (null, DeskRefusal.Conflict("没有可用的电子钱包，请改用其他支付方式", "No purse may pay: use another tender"));
        if (offline.ClockRefusal() is { } wrongClock) return (null, wrongClock);
        if (visit.IsOffline && offline.Refuse(visit.ChipSerial, visit.PurseNo, visit.PurseFen) is { } notOffline) return (null, notOffline);
        if (visit.PurseFen > settings.SingleLimitFen)
            return (null, DeskRefusal.Conflict("超过电子钱包单笔限额，请改用其他支付方式", "Above the purse's single limit: use another tender"));
        ICardConnection? connection = null;
        try
        {
            var session = cards.Open(out connection);
            var (intent, purse, refusal) = Prepare(session, visit);
            if (intent is null) return (null, refusal);
            var entry = journal.Intend(visit.VisitTx, intent);
            if (visit.IsOffline)
            {
                offline.Intend(visit, intent);
            }
            else
            {
                var reserved = await bridge.Intend(visit.VisitTx, Body(intent), ct);
                if (reserved.Value?.State != "reserved")
                {
                    journal.Decide(entry, Outcomes.ProvedNotCharged, reason: "not reserved; DEBIT was never sent");
                    await reporter.Report(ct);
                    return (null, DeskRefusal.Of(reserved));
                }
            }
            entry = Send(journal.Sending(entry), purse!);
            return (entry, null);
        }
        catch (Exception failure) when (DeskCards.IsCardFailure(failure))
        {
            return (null, CardRefusal(failure));
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <summary>A card that is still there is asked at once; one that is gone is asked when it comes back.</summary>
    public DebitEntry ProveNow(DebitEntry entry, DebitProofs proofs)
    {
        ICardConnection? connection = null;
        try
        {
            var session = cards.Open(out connection);
            if (CardAtr.CardFactor(connection.Atr) is { } factor) proofs.Prove(session, Convert.ToHexString(factor));
        }
        catch (Exception failure) when (DeskCards.IsCardFailure(failure))
        {
            return entry;
        }
        finally
        {
            connection?.Dispose();
        }
        return journal.Entries.First(known => known.Key == entry.Key);
    }

    public static DeskRefusal CardRefusal(Exception failure) => failure is CardRefusedException { Sw: { } sw }
        ? DeskRefusal.Conflict($"卡片拒绝：{StatusWord.Text(sw).Zh}", $"The card refused: {StatusWord.Text(sw).En}")
        : failure is CardNotGenuineException
            ? DeskRefusal.Conflict("卡片未通过认证", "The card did not prove that it is genuine")
            : DeskRefusal.Conflict("读卡中断，请重新放卡", "The card was lost: put it back");

    private (PurseIntent? Intent, PurseSession? Purse, DeskRefusal? Refusal) Prepare(HealthCardSession session, VisitView visit)
    {
        var identity = session.Identify();
        if (identity.ChipSerial != visit.ChipSerial) return (null, null, DeskRefusal.Conflict("不是挂号时的卡片", "This is not the card of the visit"));
        // Money needs mutual authentication (profile §4.3).
        session.Authenticate(CardKeys.Rk1Ddf1);
        // The platform looks at the card's end of validity online; alone, the desk does.
        if (visit.IsOffline && session.ReadValidity() < DateOnly.FromDateTime(visits.Local)) return (null, null, DeskRefusal.Conflict("卡片已过有效期", "The card has expired"));
        var purse = cards.Purse(session);
        var (purseNo, _) = purse.Open();
        return visit.PurseNo != purseNo
            ? (null, null, DeskRefusal.Conflict("电子钱包与绑定不符", "The purse is not the bound one"))
            : (purse.Initialise(visit.PurseFen, visits.Local), purse, null);
    }

    private DebitEntry Send(DebitEntry entry, PurseSession purse) => purse.Debit(entry.Intent) switch
    {
        DebitOutcome.Debited debited => journal.Decide(entry, Outcomes.Debited, debited.Tac, debited.Mac2),
        DebitOutcome.Refused refused => journal.Decide(entry, Outcomes.Refused, sw: refused.Sw.ToString("X4")),
        DebitOutcome.Unknown unknown => journal.Decide(entry, Outcomes.Unknown, reason: unknown.Reason),
        var other => throw new InvalidOperationException($"No such outcome: {other.GetType().Name}."),
    };

    private static IntentBody Body(PurseIntent intent) => new(
        intent.ChipSerial, intent.PurseNo, intent.AmountFen, intent.TerminalNo, intent.TermSeq, intent.CardSeq, intent.BalanceFen, intent.LocalTime, intent.Challenge);
}
