using Health.CardBridge.Log;
using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.UnitTests.CardBridge;

/// <summary>A visit of 100.00 yuan (fund 60.00, account 10.00, own share 30.00) at every stage of its way, without a database.</summary>
internal static class Visits
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 24, 4, 0, 0, TimeSpan.Zero);
    public static readonly Split Bill = new(new(10_000), new(6_000), new(1_000), new(3_000));
    public static readonly PurseDebit Debit = new("3100510700000001", Guid.Parse("11111111-1111-1111-1111-111111111111"), 3_000, "510700000001", 7, 1, 50_000, "20261124120100", "AABBCCDD");
    public const string Tac = "A1B2C3D4", Mac2 = "01020304";

    public static SealedPayload Sealed => new("key", [1]);

    public static VisitRequested Request => new(Noon, "tx-1", "MY510704W001", "desk-1", "resident-1", "card-1", Debit.ChipSerial, "C2026112400001", "0300", Id(1), Id(2), Guid.Empty, Sealed);

    public static FeesTaken Fees(long total = 10_000, byte digest = 1, DateTimeOffset? at = null) =>
        new(at ?? Noon, total, 2, new Guid(digest, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]), "202611241200000003", Id(3), Id(4), Id(5), Id(6), Sealed);

    public static string Id(int n) => $"MY510704W00120261124120000{n:D4}";

    public static readonly IVisitFact[] ToRegistered = [Request, new VisitRegisteredAtInsurer(Noon, "patient-1", "encounter-1", Sealed)];
    public static readonly IVisitFact[] ToDraft = [.. ToRegistered, Fees() with { RevokeMsgId = null }];
    public static readonly IVisitFact[] ToPreSettled = [.. ToDraft, new VisitUploaded(Noon), new FeesUploaded(Noon), new PreSettled(Noon, 10_000, 6_000, 1_000, 3_000, Noon.AddMinutes(5))];
    public static readonly IVisitFact[] ToReserved = [.. ToPreSettled, new DebitReserved(Noon, Debit)];
    public static readonly IVisitFact[] ToPurseUnknown = [.. ToReserved, new DebitUnknown(Noon, "no answer of the card")];
    public static readonly IVisitFact[] ToDebited = [.. ToReserved, new PurseDebited(Noon, Tac, Mac2, false)];
    public static readonly IVisitFact[] ToSettling = [.. ToDebited, new SettlementRequested(Noon, 1, Id(7))];
    public static readonly IVisitFact[] ToInsuranceUnknown = [.. ToSettling, new SettlementUnknown(Noon, "lost", Id(8))];
    public static readonly IVisitFact[] ToSettled = [.. ToSettling, new InsuranceSettled(Noon, "S1", 10_000, 6_000, 1_000, 3_000)];
    public static readonly IVisitFact[] ToReceipted = [.. ToSettled, new HisPosted(Noon, "R1"), new VisitReceipted(Noon, "R1")];
    public static readonly IVisitFact[] ToPlanned = [.. ToPreSettled, new TendersPlanned(Noon, [new("1", "mobile", 1_000), new("2", "purse", 1_500), new("3", "cash", 500)])];
    public static readonly IVisitFact[] ToTenderRequested = [.. ToPlanned, new TenderRequested(Noon, "1", Order("1"))];
    public static readonly IVisitFact[] ToCollecting = [.. ToTenderRequested, new TenderCollected(Noon, "1", Order("1"), "ACQ1")];
    public static readonly IVisitFact[] ToSettledUnpaid =
        [.. ToRegistered, Fees() with { RevokeMsgId = null, InsuranceFirst = true }, .. ToPreSettled[^3..], new SettlementRequested(Noon, 1, Id(7)), new InsuranceSettled(Noon, "S1", 10_000, 6_000, 1_000, 3_000)];
    public static readonly IVisitFact[] ToReversalDue = [.. ToReceipted, new VisitClosed(Noon), new ReversalRequested(Noon, Id(30), false, Sealed)];
    public static readonly IVisitFact[] ToHisReversing = [.. ToReversalDue, new SettlementCancelled(Noon), new RefundFellDue(Noon, "R|1", 3_000, "reversal"), new PurseRefunded(Noon)];
    public static readonly IVisitFact[] ToRefundDue = [.. ToSettling, new SettlementRefused(Noon, "no"), new RefundFellDue(Noon, "R|1", 3_000, "no")];

    /// <summary>Every stage a visit can stand in, each by a way that really leads there.</summary>
    public static readonly IReadOnlyDictionary<VisitStage, SettlementState> AtEveryStage = new Dictionary<VisitStage, IVisitFact[]>
    {
        [VisitStage.None] = [],
        [VisitStage.Registering] = [Request],
        [VisitStage.RegistrationRefused] = [Request, new VisitRegistrationRefused(Noon, "no")],
        [VisitStage.Registered] = ToRegistered,
        [VisitStage.Cancelling] = [.. ToRegistered, new VisitCancelRequested(Noon, Id(31))],
        [VisitStage.Cancelled] = [.. ToRegistered, new VisitCancelRequested(Noon, Id(31)), new VisitCancelled(Noon)],
        [VisitStage.Draft] = ToDraft,
        [VisitStage.VisitUploaded] = [.. ToDraft, new VisitUploaded(Noon)],
        [VisitStage.FeesUploaded] = [.. ToDraft, new VisitUploaded(Noon), new FeesUploaded(Noon)],
        [VisitStage.PreSettled] = ToPreSettled,
        [VisitStage.PurseReserved] = ToReserved,
        [VisitStage.PurseUnknown] = ToPurseUnknown,
        [VisitStage.TenderRequested] = ToTenderRequested,
        [VisitStage.TenderUnknown] = [.. ToTenderRequested, new TenderUnknown(Noon, "1", "lost")],
        [VisitStage.Collecting] = ToCollecting,
        [VisitStage.PurseDebited] = ToDebited,
        [VisitStage.InsuranceSettling] = ToSettling,
        [VisitStage.InsuranceUnknown] = ToInsuranceUnknown,
        [VisitStage.SettledUnpaid] = ToSettledUnpaid,
        [VisitStage.InsuranceSettled] = ToSettled,
        [VisitStage.HisUnknown] = [.. ToSettled, new HisPostingUnknown(Noon, "lost")],
        [VisitStage.HisPosted] = [.. ToSettled, new HisPosted(Noon, "R1")],
        [VisitStage.Receipted] = ToReceipted,
        [VisitStage.Closed] = [.. ToReceipted, new VisitClosed(Noon)],
        [VisitStage.CancelDue] = [.. ToSettling, new SettlementMismatched(Noon, "S1", 2_000, Id(9), "another own share")],
        [VisitStage.RefundDue] = ToRefundDue,
        [VisitStage.RefundUnknown] = [.. ToRefundDue, new RefundUnknown(Noon, "lost")],
        [VisitStage.RefundHeld] = [.. ToRefundDue, new RefundHeld(Noon, "no")],
        [VisitStage.Refunded] = [.. ToRefundDue, new PurseRefunded(Noon)],
        [VisitStage.HisReversing] = ToHisReversing,
        [VisitStage.HisReversed] = [.. ToHisReversing, new HisReversed(Noon, "R1-R")],
        [VisitStage.Reversed] = [.. ToHisReversing, new HisReversed(Noon, "R1-R"), new RedReceiptIssued(Noon, "R1-R")],
    }.ToDictionary(pair => pair.Key, pair => SettlementState.Of(pair.Value));

    /// <summary>Every command, as it would come a minute later.</summary>
    public static readonly VisitCommand[] EveryCommand =
    [
        new RequestVisit(Request),
        new ConfirmRegistration(Later, "patient-1", "encounter-1", Sealed),
        new RefuseRegistration(Later, "no"),
        new TakeFees(Fees(at: Later)),
        new TakeFees(Fees(20_000, 2, Later)),
        new ConfirmVisitUpload(Later),
        new ConfirmFeesRevoked(Later),
        new ConfirmFeesUpload(Later),
        new ConfirmPreSettlement(Later, Bill),
        new RefusePreSettlement(Later, "unmapped"),
        new ReserveDebit(Later, Debit),
        new ReserveDebit(Later, Debit with { TermSeq = 8 }),
        .. Enum.GetValues<DeskReport>().SelectMany(outcome => new[] { Report(outcome), Report(outcome, holds: false) }),
        new GiveUpWaitingForDebit(Later),
        new RequestSettlement(Later, Id(10)),
        new ConfirmSettlement(Later, "S1", Bill, Id(11)),
        new ConfirmSettlement(Later, "S1", Bill with { Self = new(2_000), Fund = new(7_000) }, Id(11)),
        new RefuseSettlement(Later, "no"),
        new LoseSettlement(Later, "lost", Id(12)),
        new ConfirmReversal(Later, true, Id(13)),
        new ConfirmCancellation(Later),
        new LoseRefund(Later, "lost"),
        new RefuseRefund(Later, "no"),
        new ConfirmRefund(Later),
        new ConfirmRecords(Later, "R1"),
        new CloseVisit(Later),
        new PlanTenders(Later, [(TenderKind.Mobile, 1_000), (TenderKind.Purse, 1_500), (TenderKind.Cash, 500)]),
        new PlanTenders(Later, [(TenderKind.Cash, 2_000)]),
        .. new[] { "1", "2", "3" }.Select(leg => new RequestTender(Later, leg)),
        new ReserveDebit(Later, Debit with { TermSeq = 9, AmountFen = 1_500 }),
        new ConfirmTender(Later, Order("1"), "ACQ1"),
        new RefuseTender(Later, Order("1"), "no"),
        new LoseTender(Later, Order("1"), "lost"),
        .. new[] { "1", "2", "3" }.SelectMany(leg => new VisitCommand[] { new LoseTenderRefund(Later, leg, "lost"), new RefuseTenderRefund(Later, leg, "no"), new ConfirmTenderRefund(Later, leg) }),
        new AbandonCollection(Later, Id(32), "not paid in time"),
        new ConfirmHisPosting(Later, "R1"),
        new LoseHisPosting(Later, "lost"),
        new CancelVisit(Later, Id(33)),
        new RefuseVisitCancel(Later, "no"),
        new ConfirmVisitCancel(Later),
        new ReverseVisit(new ReversalRequested(Later, Id(34), false, Sealed)),
        new ConfirmHisReversal(Later, "R1-R"),
        new ConfirmRedReceipt(Later, "R1-R"),
        new RateVisit(Later, 5),
    ];

    /// <summary>The order number of a leg's first try.</summary>
    public static string Order(string leg) => $"MY510704W001C20261124000010{leg}01";

    public static DateTimeOffset Later => Noon.AddMinutes(1);

    public static ReportDebit Report(DeskReport outcome, bool holds = true, string tac = Tac) => new(Later, outcome, Debit.CardSeq, Debit.TermSeq, tac, Mac2, "6A82", holds);

    public static IReadOnlyList<IVisitFact> FactsOf(this Decision decision) => Assert.IsType<Decision.Accepted>(decision).Facts;

    /// <summary>Decides and folds; fails when the command is refused.</summary>
    public static SettlementState After(this SettlementState state, VisitCommand command) => SettlementDecider.Decide(command, state).FactsOf().Aggregate(state, (s, fact) => s.Apply(fact));

    public static Refusal RefusalOf(this SettlementState state, VisitCommand command) => Assert.IsType<Decision.Refused>(SettlementDecider.Decide(command, state)).Refusal;
}
