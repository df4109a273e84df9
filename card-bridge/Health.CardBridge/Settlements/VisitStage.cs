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
    /// <summary>Fee lines are taken; 2203A is next.</summary>
    Draft,
    VisitUploaded,
    FeesUploaded,
    /// <summary>2206 answered; valid until its time to live ends.</summary>
    PreSettled,
    /// <summary>The desk may have sent the debit to the chip: written before the APDU.</summary>
    PurseReserved,
    PurseUnknown,
    PurseDebited,
    /// <summary>2207 is to be answered.</summary>
    InsuranceSettling,
    InsuranceUnknown,
    InsuranceSettled,
    Receipted,
    Closed,
    /// <summary>The insurer settled other amounts than were debited: 2208 is next.</summary>
    CancelDue,
    /// <summary>Debited, but not settled: the money goes back.</summary>
    RefundDue,
    RefundUnknown,
    /// <summary>The operator refused the refund: a person decides.</summary>
    RefundHeld,
    Refunded,
}

public static class VisitStages
{
    private static readonly Dictionary<VisitStage, string> Names = new()
    {
        [VisitStage.None] = "none",
        [VisitStage.Registering] = "registering",
        [VisitStage.RegistrationRefused] = "registration-refused",
        [VisitStage.Registered] = "registered",
        [VisitStage.Draft] = "draft",
        [VisitStage.VisitUploaded] = "visit-uploaded",
        [VisitStage.FeesUploaded] = "fees-uploaded",
        [VisitStage.PreSettled] = "pre-settled",
        [VisitStage.PurseReserved] = "reserved",
        [VisitStage.PurseUnknown] = "purse-unknown",
        [VisitStage.PurseDebited] = "debited",
        [VisitStage.InsuranceSettling] = "insurance-settling",
        [VisitStage.InsuranceUnknown] = "insurance-unknown",
        [VisitStage.InsuranceSettled] = "insurance-settled",
        [VisitStage.Receipted] = "receipted",
        [VisitStage.Closed] = "closed",
        [VisitStage.CancelDue] = "cancel-due",
        [VisitStage.RefundDue] = "refund-due",
        [VisitStage.RefundUnknown] = "refund-unknown",
        [VisitStage.RefundHeld] = "refund-held",
        [VisitStage.Refunded] = "refunded",
    };

    /// <summary>The name on the wire and in tables.</summary>
    public static string Text(this VisitStage stage) => Names[stage];

    public static VisitStage Parse(string text) => Names.First(pair => pair.Value == text).Key;

    /// <summary>No fact follows.</summary>
    public static bool IsTerminal(this VisitStage stage) => stage is VisitStage.RegistrationRefused or VisitStage.Closed or VisitStage.Refunded;

    /// <summary>On the exception list until decided.</summary>
    public static bool IsException(this VisitStage stage) =>
        stage is VisitStage.PurseUnknown or VisitStage.InsuranceUnknown or VisitStage.CancelDue or VisitStage.RefundDue or VisitStage.RefundUnknown or VisitStage.RefundHeld;
}
