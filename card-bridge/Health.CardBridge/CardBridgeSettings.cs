using Microsoft.Extensions.Configuration;

namespace Health.CardBridge;

/// <summary>Settings of the card bridge, section <c>Health:CardBridge</c>.</summary>
/// <param name="InsurerUrl">Base address of the insurance interface.</param>
/// <param name="CityCardUrl">Base address of the city-card operator.</param>
/// <param name="AnswerTimeout">After this an answer counts as lost.</param>
/// <param name="NoSuchTransactionMarks">Words by which the insurer says that a message to be reversed never arrived.</param>
public sealed record CardBridgeSettings(
    Uri InsurerUrl, Uri CityCardUrl, TimeSpan AnswerTimeout, string CityCode, string InsuranceDivision, IReadOnlyList<string> NoSuchTransactionMarks, TimeSpan BlacklistRefresh, TimeSpan BlacklistMaxAge)
{
    /// <summary>Base address of the acquirer of bank and mobile payments.</summary>
    public required Uri AcquirerUrl { get; init; }

    /// <summary>Base address of the hospital's own system, which books the receipts.</summary>
    public required Uri HisUrl { get; init; }

    /// <summary>Institutions that settle with the insurance before they collect the own share; all others collect first.</summary>
    public IReadOnlySet<string> InsuranceFirst { get; init; } = new HashSet<string>();

    /// <summary>Institutions whose visits this process goes on with by itself; empty: all. Several processes can share a database so.</summary>
    public IReadOnlyList<string> OnlyInstitutions { get; init; } = [];

    /// <exception cref="InvalidOperationException">A setting is wrong.</exception>
    public static CardBridgeSettings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Health:CardBridge");
        return new CardBridgeSettings(
            Address(section, "InsurerUrl", "http://127.0.0.1:8093"),
            Address(section, "CityCardUrl", "http://127.0.0.1:8094"),
            TimeSpan.FromMilliseconds(section.GetValue("AnswerTimeoutMilliseconds", 10_000)),
            section["CityCode"] ?? "510700",
            section["InsuranceDivision"] ?? "510700",
            section.GetSection("NoSuchTransactionMarks").Get<string[]>() ?? ["原交易不存在"],
            TimeSpan.FromSeconds(section.GetValue("BlacklistRefreshSeconds", 60)),
            TimeSpan.FromHours(section.GetValue("BlacklistMaxAgeHours", 24)))
        {
            AcquirerUrl = Address(section, "AcquirerUrl", "http://127.0.0.1:8096"),
            HisUrl = Address(section, "HisUrl", "http://127.0.0.1:8092"),
            InsuranceFirst = (section.GetSection("InsuranceFirst").Get<string[]>() ?? []).ToHashSet(StringComparer.Ordinal),
            OnlyInstitutions = section.GetSection("OnlyInstitutions").Get<string[]>() ?? [],
        };
    }

    private static Uri Address(IConfigurationSection section, string name, string otherwise) =>
        Uri.TryCreate((section[name] ?? otherwise).TrimEnd('/') + "/", UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri : throw new InvalidOperationException($"Health:CardBridge:{name} must be an absolute http(s) address such as {otherwise}.");
}
