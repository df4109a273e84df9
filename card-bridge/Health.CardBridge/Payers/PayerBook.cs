namespace Health.CardBridge.Payers;

/// <summary>
/// Which payer serves a visit, by its day and the division of the institution. Rules are dated: before the national interface the county pools
/// had interfaces of their own.
/// </summary>
public sealed class PayerBook(IPayer national, IPayer? countyPool = null, IPayer? urban = null)
{
    /// <summary>Start of the county pools and of the urban insurance, as far back as the platform knows their rules.</summary>
    public static readonly DateOnly FundsSince = new(2008, 1, 1);

    /// <summary>Start of the national interface in this city.</summary>
    public static readonly DateOnly NationalSince = new(2021, 10, 1);

    // Later ones before earlier ones, and of one day the narrower place before the wider: the last that fits counts.
    private readonly (DateOnly From, string Division, IPayer? Payer)[] entries =
    [
        (FundsSince, "5107", countyPool), (FundsSince, UrbanDistrict, urban), (NationalSince, "5107", national),
    ];

    /// <summary>The district of the city proper, where the urban insurance was.</summary>
    private const string UrbanDistrict = "510703";

    /// <summary>Null when no payer is connected for that day and place.</summary>
    public IPayer? For(DateOnly day, string divisionCode) =>
        entries.LastOrDefault(entry => entry.Payer is not null && entry.From <= day && divisionCode.StartsWith(entry.Division, StringComparison.Ordinal)).Payer;
}
