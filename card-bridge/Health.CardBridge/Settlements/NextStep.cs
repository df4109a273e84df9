namespace Health.CardBridge.Settlements;

/// <summary>What the process manager does by itself.</summary>
public enum Step
{
    /// <summary>Wait for the desk, or nothing more to do.</summary>
    None,
    Register,
    CancelRegistration,
    UploadVisit,
    RevokeFees,
    UploadFees,
    PreSettle,
    GiveUpWaitingForDebit,
    /// <summary>An acquirer's leg was asked for: pay with the code at hand, or (after a restart) ask what became of it.</summary>
    Pay,
    QueryTender,
    Abandon,
    RequestSettlement,
    /// <summary>2207 was asked for: send it, or (after a restart) ask what became of it.</summary>
    Settle,
    Reverse,
    Cancel,
    Refund,
    PostToHis,
    WriteRecords,
    ReverseAtHis,
    WriteReversal,
    Close,
}

/// <summary>The next step of a visit at a time. Pure.</summary>
public static class NextStep
{
    /// <summary>How long a desk may stay silent after it reserved or debited.</summary>
    public static readonly TimeSpan DeskPatience = TimeSpan.FromMinutes(2);

    /// <summary>How long a payment may stay half collected: then the money goes back.</summary>
    public static readonly TimeSpan CollectPatience = TimeSpan.FromMinutes(10);

    public static Step Of(SettlementState state, DateTimeOffset now) => state.Stage switch
    {
        VisitStage.Registering => Step.Register,
        VisitStage.Cancelling => Step.CancelRegistration,
        VisitStage.Draft => Step.UploadVisit,
        VisitStage.VisitUploaded => state.LinesToRevoke ? Step.RevokeFees : Step.UploadFees,
        VisitStage.FeesUploaded => Step.PreSettle,
        VisitStage.PurseDebited when state.MustRequote => Step.PreSettle,
        VisitStage.PurseDebited when state.Resettle => Step.RequestSettlement,
        VisitStage.PreSettled when state.Resettle && (state.InsuranceFirst || state.Quote!.Self.Value == 0) && now < state.ExpiresAt => Step.RequestSettlement,
        VisitStage.PurseReserved when Due(state) <= now => Step.GiveUpWaitingForDebit,
        VisitStage.PurseDebited when Due(state) <= now => Step.RequestSettlement,
        VisitStage.TenderRequested => Step.Pay,
        VisitStage.TenderUnknown => Step.QueryTender,
        VisitStage.Collecting or VisitStage.SettledUnpaid when Due(state) <= now => Step.Abandon,
        VisitStage.InsuranceSettling => Step.Settle,
        VisitStage.InsuranceUnknown => Step.Reverse,
        VisitStage.InsuranceSettled or VisitStage.HisUnknown => Step.PostToHis,
        VisitStage.HisPosted => Step.WriteRecords,
        VisitStage.CancelDue => Step.Cancel,
        VisitStage.RefundDue or VisitStage.RefundUnknown => Step.Refund,
        VisitStage.HisReversing => Step.ReverseAtHis,
        VisitStage.HisReversed => Step.WriteReversal,
        VisitStage.Receipted => Step.Close,
        _ => Step.None,
    };

    /// <summary>When the process manager acts although the desk is silent; null: it never does.</summary>
    public static DateTimeOffset? Due(SettlementState state) => state.Stage switch
    {
        VisitStage.PurseReserved or VisitStage.PurseDebited => state.DebitAt + DeskPatience,
        VisitStage.Collecting or VisitStage.SettledUnpaid => state.ChangedAt + CollectPatience,
        _ => null,
    };
}
