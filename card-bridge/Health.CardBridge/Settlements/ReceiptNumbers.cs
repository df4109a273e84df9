namespace Health.CardBridge.Settlements;

/// <summary>Numbers of receipts follow from the visit, so that a repeat has the same one.</summary>
public static class ReceiptNumbers
{
    public static string Of(SettlementState state) => $"{state.Request!.InstitutionCode}-{state.Request.VisitNumber}";

    /// <summary>Of the red receipt that undoes it.</summary>
    public static string Red(SettlementState state) => $"{Of(state)}-R";
}
