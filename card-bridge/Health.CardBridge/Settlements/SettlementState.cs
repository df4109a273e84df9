using System.Collections.Immutable;
using Health.CardBridge.Log;
using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>A visit transaction, folded from its facts. Pure.</summary>
public sealed record SettlementState
{
    public static readonly SettlementState Empty = new();

    public VisitStage Stage { get; init; }
    public VisitRequested? Request { get; init; }
    public VisitRegisteredAtInsurer? Registration { get; init; }
    public FeesTaken? Fees { get; init; }

    /// <summary>2206's message, renewed with every new try.</summary>
    public string? PreSettleMsgId { get; init; }
    public bool LinesToRevoke { get; init; }
    public Split? Quote { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The debit that is reserved, unknown or done; the last one when it was refused.</summary>
    public PurseDebit? Debit { get; init; }
    public DateTimeOffset DebitAt { get; init; }
    public bool IsCharged { get; init; }
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
    public string? RefundId { get; init; }
    public string? Reason { get; init; }
    public string? ReceiptNumber { get; init; }
    public DateTimeOffset ChangedAt { get; init; }

    public static SettlementState Of(IEnumerable<IVisitFact> facts) => facts.Aggregate(Empty, (state, fact) => state.Apply(fact));

    public SettlementState Apply(IVisitFact fact) => (fact switch
    {
        VisitRequested e => this with { Stage = VisitStage.Registering, Request = e },
        VisitRegisteredAtInsurer e => this with { Stage = VisitStage.Registered, Registration = e },
        VisitRegistrationRefused e => this with { Stage = VisitStage.RegistrationRefused, Reason = e.Reason },
        FeesTaken e => this with { Stage = VisitStage.Draft, Fees = e, PreSettleMsgId = e.PreSettleMsgId, LinesToRevoke = e.RevokeMsgId is not null, Quote = null, Reason = null, Resettle = false },
        VisitUploaded => this with { Stage = VisitStage.VisitUploaded },
        FeesRevoked => this with { LinesToRevoke = false },
        FeesUploaded => this with { Stage = VisitStage.FeesUploaded },
        PreSettlementRenewed e => this with { Stage = VisitStage.FeesUploaded, PreSettleMsgId = e.PreSettleMsgId, Quote = null },
        PreSettled e => this with
        {
            Stage = IsCharged ? VisitStage.PurseDebited : VisitStage.PreSettled,
            Quote = new Split(new(e.TotalFen), new(e.FundFen), new(e.AccountFen), new(e.SelfFen)), ExpiresAt = e.ExpiresAt, MustRequote = false,
        },
        PreSettlementRefused e => this with { Stage = VisitStage.Registered, Quote = null, Reason = e.Reason, MustRequote = false, Resettle = false },
        SettlementRequested e => this with { Stage = VisitStage.InsuranceSettling, SettleMsgId = e.MsgId, Attempts = e.Attempt, Resettle = false },
        SettlementUnknown e => this with { Stage = VisitStage.InsuranceUnknown, ReversalMsgId = e.ReversalMsgId, Reason = e.Reason },
        SettlementReversed e => this with { Stage = IsCharged ? VisitStage.PurseDebited : VisitStage.FeesUploaded, MustRequote = true, Resettle = true, PreSettleMsgId = e.PreSettleMsgId, Reason = null },
        InsuranceSettled e => this with
        {
            Stage = VisitStage.InsuranceSettled, SettlementId = e.SettlementId, Settled = new Split(new(e.TotalFen), new(e.FundFen), new(e.AccountFen), new(e.SelfFen)),
        },
        SettlementRefused e => this with { Stage = VisitStage.Registered, Quote = null, Reason = e.Reason },
        SettlementMismatched e => this with { Stage = VisitStage.CancelDue, SettlementId = e.SettlementId, CancelMsgId = e.CancelMsgId, Reason = e.Reason },
        SettlementCancelled => this with { Stage = VisitStage.Registered, SettlementId = null, Quote = null },
        VisitReceipted e => this with { Stage = VisitStage.Receipted, ReceiptNumber = e.ReceiptNumber },
        VisitClosed => this with { Stage = VisitStage.Closed },
        _ => ApplyMoney(fact),
    }) with { ChangedAt = fact.At };

    private SettlementState ApplyMoney(IVisitFact fact) => fact switch
    {
        DebitReserved e => this with { Stage = VisitStage.PurseReserved, Debit = e.Debit, DebitAt = e.At },
        PurseDebited e => this with { Stage = VisitStage.PurseDebited, Tac = e.Tac, IsCharged = true, DebitAt = e.At, Reason = null, SpentKeys = SpentKeys.Remove(Debit!.Key) },
        DebitRefused e => this with { Stage = VisitStage.PreSettled, SpentKeys = SpentKeys.Add(Debit!.Key), Reason = e.Sw },
        DebitUnknown e => this with { Stage = VisitStage.PurseUnknown, Reason = e.Reason },
        DebitProvedNotCharged => this with { Stage = VisitStage.PreSettled, SpentKeys = SpentKeys.Add(Debit!.Key), Reason = null },
        RefundFellDue e => this with { Stage = VisitStage.RefundDue, RefundId = e.RefundId, Reason = e.Reason },
        RefundUnknown e => this with { Stage = VisitStage.RefundUnknown, Reason = e.Reason },
        RefundHeld e => this with { Stage = VisitStage.RefundHeld, Reason = e.Reason },
        PurseRefunded => this with { Stage = VisitStage.Refunded, IsCharged = false },
        _ => throw new InvalidOperationException($"{fact.GetType().Name} is no fact of a visit."),
    };
}
