using Health.CardAgent.Desk;
using Health.CardAgent.Journal;
using Health.CardAgent.Platform;
using Health.Cards;

namespace Health.CardAgent.Offline;

/// <summary>
/// Payment from the purse while the platform is away: within limits, against a list that is fresh, by a clock that can be believed. The intent is in the signed journal before
/// the APDU, the outcome after it.
/// </summary>
public sealed class OfflineDebits(OfflineDesk desk, OfflineJournal journal, DeskBlacklist blacklist, PlatformLink link, MoneyJournal money, VisitStore visits, AgentSettings settings, TimeProvider time)
{
    /// <summary>Null when this purse may pay this much now.</summary>
    public DeskRefusal? Refuse(string chipSerial, string purseNo, long amountFen)
    {
        if (!settings.OfflineAllowed || !desk.IsRegistered) return DeskRefusal.Conflict("本窗口未开通离线收费", "This desk may not take payments offline");
        if (ClockRefusal() is { } clock) return clock;
        if (amountFen <= 0 || amountFen > settings.OfflineSingleLimitFen) return DeskRefusal.Conflict("超过离线单笔限额", "Above the offline single limit");
        if (SpentToday(chipSerial) > settings.OfflineDayLimitFen - amountFen) return DeskRefusal.Conflict("超过离线当日限额", "Above the offline limit of the day");
        return blacklist.Ask(chipSerial, purseNo) switch
        {
            ListAnswer.Free => null,
            ListAnswer.Blocked => DeskRefusal.Conflict("此卡在黑名单中，不能支付", "This card is on the blacklist: it cannot pay"),
            ListAnswer.TooOld => DeskRefusal.Conflict("黑名单已超过 24 小时，不能离线支付", "The blacklist is older than 24 hours: no offline payment"),
            _ => DeskRefusal.Conflict("没有黑名单，不能离线支付", "There is no blacklist: no offline payment"),
        };
    }

    /// <summary>A clock behind the last entry or behind the platform's last word was set back: then neither list nor limits can be believed.</summary>
    public DeskRefusal? ClockRefusal()
    {
        var known = journal.Head.At > link.LatestTime ? journal.Head.At : link.LatestTime;
        return time.GetUtcNow() < known - TimeSpan.FromSeconds(settings.ClockToleranceSeconds)
            ? DeskRefusal.Conflict("本机时钟被调回，不能收费，请校准时钟", "This machine's clock was set back: no payment until it is right")
            : null;
    }

    public void Intend(VisitView visit, PurseIntent intent) => journal.Append(
        OfflineKinds.Intended, visit.VisitTx, new OfflineDebit(intent, visit.TotalFen, desk.Seal(visit.VisitTx, "lines", OfflineJson.Bytes(visit.FeeLines))));

    /// <summary>Notes the outcome for the platform. A debit whose intent never got into the journal was never sent.</summary>
    public void Decide(DebitEntry entry)
    {
        if (!journal.Knows(entry.Intent)) return;
        journal.Append(OfflineKinds.Decided, entry.VisitTx, new OfflineOutcome(entry.Intent.CardSeq, entry.Intent.TermSeq, entry.Outcome!, entry.Tac, entry.Mac2, entry.Sw));
    }

    /// <summary>What this chip paid offline today or may have paid.</summary>
    private long SpentToday(string chipSerial)
    {
        var today = visits.Local.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
        return money.Entries
            .Where(entry => VisitStore.IsOffline(entry.VisitTx) && entry.Intent.ChipSerial == chipSerial && entry.Intent.LocalTime.StartsWith(today, StringComparison.Ordinal) && (entry.IsCharged || entry.IsUndecided))
            .Sum(entry => entry.Intent.AmountFen);
    }
}
