namespace Health.CardBridge.Settlements;

/// <summary>What the process manager does by itself.</summary>
public enum Step
{
    /// <summary>Wait for the desk, or nothing more to do.</summary>
    None,
    Register,
    UploadVisit,
    RevokeFees,
    UploadFees,
    PreSettle,
    GiveUpWaitingForDebit,
    RequestSettlement,
    /// <summary>2207 was asked for: send it, or (after a restart) ask what became of it.</summary>
    Settle,
    Reverse,
    Cancel,
    Refund,
    WriteRecords,
    Close,
}

/// <summary>The next step of a visit at a time. Pure.</summary>
public static class NextStep
{
    /// <summary>How long a desk may stay silent after it reserved or debited.</summary>
    public static readonly TimeSpan DeskPatience = TimeSpan.FromMinutes(2);

    public static Step Of(SettlementState state, DateTimeOffset now) => state.Stage switch
    {
        VisitStage.Registering => Step.Register,
        VisitStage.Draft => Step.UploadVisit,
        VisitStage.VisitUploaded => state.LinesToRevoke ? Step.RevokeFees : Step.UploadFees,
        VisitStage.FeesUploaded => Step.PreSettle,
        VisitStage.PurseDebited when state.MustRequote => Step.PreSettle,
        VisitStage.PurseDebited when state.Resettle => Step.RequestSettlement,
        VisitStage.PreSettled when state.Resettle && state.Quote!.Self.Value == 0 && now < state.ExpiresAt => Step.RequestSettlement,
        VisitStage.PurseReserved when Due(state) <= now => Step.GiveUpWaitingForDebit,
        VisitStage.PurseDebited when Due(state) <= now => Step.RequestSettlement,
        VisitStage.InsuranceSettling => Step.Settle,
        VisitStage.InsuranceUnknown => Step.Reverse,
        VisitStage.InsuranceSettled => Step.WriteRecords,
        VisitStage.CancelDue => Step.Cancel,
        VisitStage.RefundDue or VisitStage.RefundUnknown => Step.Refund,
        VisitStage.Receipted => Step.Close,
        _ => Step.None,
    };

    /// <summary>When the process manager acts although the desk is silent; null: it never does.</summary>
    public static DateTimeOffset? Due(SettlementState state) =>
        state.Stage is VisitStage.PurseReserved or VisitStage.PurseDebited ? state.DebitAt + DeskPatience : null;
}
