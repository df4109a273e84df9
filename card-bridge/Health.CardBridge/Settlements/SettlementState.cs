using System.Collections.Immutable;
using Health.CardBridge.Log;
using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>A visit transaction, folded from its facts. Pure.</summary>
public sealed partial record SettlementState
{
    public static readonly SettlementState Empty = new();

    public VisitStage Stage { get; init; }
    public VisitRequested? Request { get; init; }
    public VisitRegisteredAtInsurer? Registration { get; init; }
    public string? CancelRegistrationMsgId { get; init; }
    public FeesTaken? Fees { get; init; }

    /// <summary>2206's message, renewed with every new try.</summary>
    public string? PreSettleMsgId { get; init; }
    public bool LinesToRevoke { get; init; }
    public Split? Quote { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The policy of the institution when the fees were taken: 2207 before the own share is collected.</summary>
    public bool InsuranceFirst { get; init; }

    /// <summary>The parts of the own share, in the order they were planned. Without a plan the purse pays all; its leg stands here once its debit is reserved.</summary>
    public ImmutableList<Leg> Legs { get; init; } = [];

    /// <summary>How many legs there ever were: their ids go on from here.</summary>
    public int LegCount { get; init; }

    /// <summary>The debit that is reserved, unknown or done; the last one when it was refused.</summary>
    public PurseDebit? Debit { get; init; }

    /// <summary>When a part of the own share was last reserved or collected.</summary>
    public DateTimeOffset DebitAt { get; init; }
    public string? Tac { get; init; }

    /// <summary>Keys of purse transactions that did not charge.</summary>
    public ImmutableHashSet<string> SpentKeys { get; init; } = [];

    /// <summary>A lost 2207 was undone: pre-settle again before the next.</summary>
    public bool MustRequote { get; init; }

    /// <summary>The desk asked to settle and the try was undone: go on without asking again.</summary>
    public bool Resettle { get; init; }
    public int Attempts { get; init; }
    public string? SettleMsgId { get; init; }
    public string? ReversalMsgId { get; init; }
    public string? CancelMsgId { get; init; }
    public string? SettlementId { get; init; }
    public Split? Settled { get; init; }
    public DateTimeOffset SettledAt { get; init; }
    public string? RefundId { get; init; }
    public string? Reason { get; init; }
    public string? ReceiptNumber { get; init; }

    /// <summary>When the receipt was issued.</summary>
    public DateTimeOffset? ReceiptedAt { get; init; }

    /// <summary>Set once the settled visit is to be undone.</summary>
    public ReversalRequested? Reversal { get; init; }
    public string? RedReceiptNumber { get; init; }
    public int? Stars { get; init; }
    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>The purse's leg, planned or paying.</summary>
    public Leg? Purse => Legs.FirstOrDefault(leg => leg.Kind == TenderKind.Purse);

    /// <summary>The purse was debited and has not been given back.</summary>
    public bool IsCharged => Purse is { IsCharged: true };

    /// <summary>What was collected and is not on its way back.</summary>
    public long CollectedFen => Legs.Where(leg => leg.State == LegState.Collected).Sum(leg => leg.AmountFen);

    /// <summary>What the patient has to pay: as settled, or as pre-settled.</summary>
    public long OwnShareFen => (Settled ?? Quote)?.Self.Value ?? 0;

    /// <summary>Parts of the own share may be planned and collected.</summary>
    public bool Collects => Stage is VisitStage.PreSettled or VisitStage.Collecting or VisitStage.SettledUnpaid;

    /// <summary>What the purse has to pay: its leg of a plan, or all.</summary>
    public long? PurseShareFen => Purse is { } leg ? leg.AmountFen : Legs.IsEmpty ? OwnShareFen : null;

    public static SettlementState Of(IEnumerable<IVisitFact> facts) => facts.Aggregate(Empty, (state, fact) => state.Apply(fact));

    public SettlementState Apply(IVisitFact fact) => (fact switch
    {
        VisitRequested e => this with { Stage = VisitStage.Registering, Request = e },
        VisitRegisteredAtInsurer e => this with { Stage = VisitStage.Registered, Registration = e },
        VisitRegistrationRefused e => this with { Stage = VisitStage.RegistrationRefused, Reason = e.Reason },
        FeesTaken e => this with
        {
            Stage = VisitStage.Draft, Fees = e, PreSettleMsgId = e.PreSettleMsgId, LinesToRevoke = e.RevokeMsgId is not null, Quote = null, Reason = null, Resettle = false,
            InsuranceFirst = e.InsuranceFirst ?? false, Legs = [],
        },
        VisitUploaded => this with { Stage = VisitStage.VisitUploaded },
        FeesRevoked => this with { LinesToRevoke = false },
        FeesUploaded => this with { Stage = VisitStage.FeesUploaded },
        PreSettlementRenewed e => this with { Stage = VisitStage.FeesUploaded, PreSettleMsgId = e.PreSettleMsgId, Quote = null },
        PreSettled e => (this with
        {
            Quote = new Split(new(e.TotalFen), new(e.FundFen), new(e.AccountFen), new(e.SelfFen)), ExpiresAt = e.ExpiresAt, MustRequote = false,
            // A plan for another share is none.
            Legs = Legs.Sum(leg => leg.AmountFen) == e.SelfFen ? Legs : [],
        }).AtRest(),
        PreSettlementRefused e => this with { Stage = VisitStage.Registered, Quote = null, Reason = e.Reason, MustRequote = false, Resettle = false },
        _ => ApplyInsurance(fact),
    }) with { ChangedAt = fact.At };

    private SettlementState ApplyInsurance(IVisitFact fact) => fact switch
    {
        SettlementRequested e => this with { Stage = VisitStage.InsuranceSettling, SettleMsgId = e.MsgId, Attempts = e.Attempt, Resettle = false },
        SettlementUnknown e => this with { Stage = VisitStage.InsuranceUnknown, ReversalMsgId = e.ReversalMsgId, Reason = e.Reason },
        SettlementReversed e => this with { Stage = CollectedFen > 0 ? VisitStage.PurseDebited : VisitStage.FeesUploaded, MustRequote = true, Resettle = true, PreSettleMsgId = e.PreSettleMsgId, Reason = null },
        InsuranceSettled e => (this with { SettlementId = e.SettlementId, SettledAt = e.At, Settled = new Split(new(e.TotalFen), new(e.FundFen), new(e.AccountFen), new(e.SelfFen)), Reason = null }).AtRest(),
        SettlementRefused e => this with { Stage = VisitStage.Registered, Quote = null, Reason = e.Reason },
        SettlementMismatched e => this with { Stage = VisitStage.CancelDue, SettlementId = e.SettlementId, CancelMsgId = e.CancelMsgId, Reason = e.Reason },
        SettlementAbandoned e => this with { Stage = VisitStage.CancelDue, CancelMsgId = e.CancelMsgId, Reason = e.Reason },
        SettlementCancelled when Reversal is not null => this with { Stage = VisitStage.HisReversing },
        SettlementCancelled => this with { Stage = VisitStage.Registered, SettlementId = null, Settled = null, Quote = null },
        VisitReceipted e => this with { Stage = VisitStage.Receipted, ReceiptNumber = e.ReceiptNumber, ReceiptedAt = e.At },
        VisitClosed => this with { Stage = VisitStage.Closed },
        VisitCancelRequested e => this with { Stage = VisitStage.Cancelling, CancelRegistrationMsgId = e.MsgId },
        VisitCancelRefused e => this with { Stage = VisitStage.Registered, Quote = null, Legs = [], Reason = e.Reason },
        VisitCancelled => this with { Stage = VisitStage.Cancelled },
        ReversalRequested e => this with { Stage = VisitStage.CancelDue, Reversal = e, CancelMsgId = e.CancelMsgId, Reason = "reversal" },
        HisPosted e => this with { Stage = VisitStage.HisPosted, ReceiptNumber = e.ReceiptNumber, Reason = null },
        HisPostingUnknown e => this with { Stage = VisitStage.HisUnknown, Reason = e.Reason },
        HisReversed => this with { Stage = VisitStage.HisReversed },
        RedReceiptIssued e => this with { Stage = VisitStage.Reversed, RedReceiptNumber = e.RedReceiptNumber },
        VisitRated e => this with { Stars = e.Stars },
        _ => ApplyMoney(fact),
    };
}
