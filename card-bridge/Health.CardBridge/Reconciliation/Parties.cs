namespace Health.CardBridge.Reconciliation;

/// <summary>Who else keeps a ledger of what the bridge moved. The names are those of <c>cards.ledger.party</c>.</summary>
public static class Parties
{
    public const string CityCard = "city-card", Insurer = "insurer", His = "his", Bank = "bank", Mobile = "mobile", Cash = "cash";

    /// <summary>In the order in which they are compared and sealed.</summary>
    public static readonly IReadOnlyList<string> All = [CityCard, Insurer, His, Bank, Mobile, Cash];

    /// <summary>Those whose statement comes as a file or an answer; cash is counted at the desk.</summary>
    public static readonly IReadOnlyList<string> WithFiles = [CityCard, Insurer, His, Bank, Mobile];

    /// <summary>Who sends one statement for bank and mobile payments together.</summary>
    public const string Acquirer = "acquirer";

    /// <summary>The institution of a line that belongs to no clinic known here.</summary>
    public const string NoInstitution = "-";
}
