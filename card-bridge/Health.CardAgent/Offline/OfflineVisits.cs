using Health.CardAgent.Desk;
using Health.CardAgent.Platform;
using Health.Cards;

namespace Health.CardAgent.Offline;

/// <summary>Registering under a local number while the platform is away. Insurance settles nothing offline: the bill is paid in full and settled afterwards, or waits.</summary>
public sealed class OfflineVisits(OfflineDesk desk, OfflineJournal journal, DeskBlacklist blacklist, VisitStore visits, AgentSettings settings)
{
    public (VisitView? Visit, DeskRefusal? Refusal) Register(CardReading reading, string departmentCode)
    {
        if (!settings.OfflineAllowed || !desk.IsRegistered) return (null, new DeskRefusal(503, "平台不可用，本窗口未开通离线挂号", "The platform does not answer, and this desk may not register offline"));
        if (blacklist.Ask(reading.Identity.ChipSerial, reading.PurseNo) == ListAnswer.Blocked) return (null, DeskRefusal.Conflict("此卡在黑名单中，请走人工窗口", "This card is on the blacklist"));
        if (desk.Numbers.Take(DateOnly.FromDateTime(visits.Local)) is not { } number) return (null, DeskRefusal.Conflict("本地号已用完，请走人工登记", "No local numbers are left"));
        var visitTx = visits.NewOfflineVisitTx();
        var person = new OfflinePerson(reading.Identity.CardNo, reading.Holder.Name, reading.Holder.IdNumber, Tapping.Sex(reading.Holder.Sex), reading.Holder.BirthDate);
        journal.Append(OfflineKinds.Registered, visitTx, new OfflineRegistration(number, departmentCode, reading.Identity.ChipSerial, desk.Seal(visitTx, "person", OfflineJson.Bytes(person))));
        return (new VisitView(visitTx, VisitStage.Registered, "", reading.Identity.ChipSerial, departmentCode) { MaskedName = Masking.Name(reading.Holder.Name), PurseNo = reading.PurseNo, VisitNumber = number }, null);
    }

    /// <summary>The whole bill is the patient's own share.</summary>
    public static VisitView Quote(VisitView visit, IReadOnlyList<FeeLine> lines)
    {
        var total = lines.Sum(line => line.AmountFen);
        return visit with { Stage = VisitStage.PreSettled, FeeLines = lines, TotalFen = total, FundFen = 0, AccountFen = 0, SelfFen = total, ExpiresAt = null };
    }
}
