namespace Health.CardBridge.Payers;

/// <summary>
/// Which payer serves a visit, by its day and the division of the institution. Rules are dated: before the national interface the county pools
/// had interfaces of their own.
/// </summary>
public sealed class PayerBook(IPayer national)
{
    /// <summary>Start of the national interface in this city.</summary>
    public static readonly DateOnly NationalSince = new(2021, 10, 1);

    private readonly (DateOnly From, string Division, IPayer Payer)[] entries = [(NationalSince, "5107", national)];

    /// <summary>Null when no payer is connected for that day and place.</summary>
    public IPayer? For(DateOnly day, string divisionCode) =>
        entries.LastOrDefault(entry => entry.From <= day && divisionCode.StartsWith(entry.Division, StringComparison.Ordinal)).Payer;
}
