namespace Health.CardBridge.Settlements;

/// <summary>Where a visit transaction stands (card domain §5.2, §5.3). What is not known is a stage of its own.</summary>
public enum VisitStage
{
    /// <summary>Nothing was written yet.</summary>
    None,
    /// <summary>2201 is to be answered.</summary>
    Registering,
    RegistrationRefused,
    Registered,
    /// <summary>2202 is to be answered.</summary>
    Cancelling,
    Cancelled,
    /// <summary>Fee lines are taken; 2203A is next.</summary>
    Draft,
    VisitUploaded,
    FeesUploaded,
    /// <summary>2206 answered; valid until its time to live ends.</summary>
    PreSettled,
    /// <summary>The desk may have sent the debit to the chip: written before the APDU.</summary>
    PurseReserved,
    PurseUnknown,
    /// <summary>The acquirer was asked to collect a leg, or is about to be.</summary>
    TenderRequested,
    TenderUnknown,
    /// <summary>Some of the own share is collected, some not.</summary>
    Collecting,
    /// <summary>The own share is collected, by the purse or by the legs of the plan.</summary>
    PurseDebited,
    /// <summary>2207 is to be answered.</summary>
    InsuranceSettling,
    InsuranceUnknown,
    /// <summary>Settled first: the own share is to be collected.</summary>
    SettledUnpaid,
    /// <summary>Settled and paid: the hospital's system is told next.</summary>
    InsuranceSettled,
    HisUnknown,
    HisPosted,
    Receipted,
    Closed,
    /// <summary>The insurer's settlement is to be undone: 2208 is next.</summary>
    CancelDue,
    /// <summary>Debited, but not settled: the money goes back.</summary>
    RefundDue,
    RefundUnknown,
    /// <summary>A person gives the money back: it was refused at the other side, or it is cash.</summary>
    RefundHeld,
    Refunded,
    /// <summary>Undone at the insurer and paid back: the hospital's system is told next.</summary>
    HisReversing,
    HisReversed,
    Reversed,
}

public static class VisitStages
{
    private static readonly Dictionary<VisitStage, string> Names = new()
    {
        [VisitStage.None] = "none",
        [VisitStage.Registering] = "registering",
        [VisitStage.RegistrationRefused] = "registration-refused",
        [VisitStage.Registered] = "registered",
        [VisitStage.Cancelling] = "cancelling",
        [VisitStage.Cancelled] = "cancelled",
        [VisitStage.Draft] = "draft",
        [VisitStage.VisitUploaded] = "visit-uploaded",
        [VisitStage.FeesUploaded] = "fees-uploaded",
        [VisitStage.PreSettled] = "pre-settled",
        [VisitStage.PurseReserved] = "reserved",
        [VisitStage.PurseUnknown] = "purse-unknown",
        [VisitStage.TenderRequested] = "tender-requested",
        [VisitStage.TenderUnknown] = "tender-unknown",
        [VisitStage.Collecting] = "collecting",
        [VisitStage.PurseDebited] = "debited",
        [VisitStage.InsuranceSettling] = "insurance-settling",
        [VisitStage.InsuranceUnknown] = "insurance-unknown",
        [VisitStage.SettledUnpaid] = "settled-unpaid",
        [VisitStage.InsuranceSettled] = "insurance-settled",
        [VisitStage.HisUnknown] = "his-unknown",
        [VisitStage.HisPosted] = "his-posted",
        [VisitStage.Receipted] = "receipted",
        [VisitStage.Closed] = "closed",
        [VisitStage.CancelDue] = "cancel-due",
        [VisitStage.RefundDue] = "refund-due",
        [VisitStage.RefundUnknown] = "refund-unknown",
        [VisitStage.RefundHeld] = "refund-held",
        [VisitStage.Refunded] = "refunded",
        [VisitStage.HisReversing] = "his-reversing",
        [VisitStage.HisReversed] = "his-reversed",
        [VisitStage.Reversed] = "reversed",
    };

    /// <summary>The name on the wire and in tables.</summary>
    public static string Text(this VisitStage stage) => Names[stage];

    public static VisitStage Parse(string text) => Names.First(pair => pair.Value == text).Key;

    /// <summary>Nothing is left to do; of a closed visit only a reversal or a rating follows.</summary>
    public static bool IsTerminal(this VisitStage stage) => stage is VisitStage.RegistrationRefused or VisitStage.Cancelled or VisitStage.Closed or VisitStage.Refunded or VisitStage.Reversed;

    /// <summary>On the exception list until decided.</summary>
    public static bool IsException(this VisitStage stage) =>
        stage is VisitStage.PurseUnknown or VisitStage.TenderUnknown or VisitStage.InsuranceUnknown or VisitStage.HisUnknown or VisitStage.CancelDue
            or VisitStage.RefundDue or VisitStage.RefundUnknown or VisitStage.RefundHeld or VisitStage.HisReversing;
}
