using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Health.CardBridge.Reconciliation;

/// <summary>
/// How statements are fetched, section <c>Health:CardBridge:Statements</c>. An empty address: that party is not asked; its statement can be handed in
/// (<c>PUT /card/reconciliation/DAY/statements/PARTY</c>).
/// </summary>
/// <param name="HisUrl">Address of an institution's ledger with <c>{institution}</c> and <c>{day}</c> (yyyy-MM-dd) or <c>{date}</c> (yyyyMMdd) in it.</param>
/// <param name="AcquirerUrl">Address of the acquirer's statement of a day, bank and mobile payments together, with <c>{day}</c> or <c>{date}</c> in it.</param>
/// <param name="InsuranceType">insutype of 3201: the bridge's ledger does not keep the type of each settlement.</param>
/// <param name="ClearingType">clr_type of 3201 and 3202; 11 is outpatient.</param>
public sealed record LedgerSettings(string? HisUrl, string? AcquirerUrl, string InsuranceType, string ClearingType)
{
    /// <exception cref="InvalidOperationException">A setting is wrong.</exception>
    public static LedgerSettings Read(IConfiguration configuration, CardBridgeSettings bridge)
    {
        var section = configuration.GetSection("Health:CardBridge:Statements");
        return new LedgerSettings(
            Address(section, "HisUrl", $"{bridge.HisUrl}his/settlements?day={{day}}&institution={{institution}}", "{institution}"), Address(section, "AcquirerUrl", $"{bridge.AcquirerUrl}statement/{{date}}", null),
            section["InsuranceType"] ?? "310", section["ClearingType"] ?? "11");
    }

    /// <summary>An address made for a day and an institution.</summary>
    public static Uri Fill(string template, DateOnly day, string institutionCode) => new(template
        .Replace("{institution}", Uri.EscapeDataString(institutionCode), StringComparison.Ordinal)
        .Replace("{day}", day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{date}", day.ToString("yyyyMMdd", CultureInfo.InvariantCulture), StringComparison.Ordinal));

    private static string? Address(IConfigurationSection section, string name, string otherwise, string? needs)
    {
        if ((section[name] ?? otherwise) is not { Length: > 0 } template) return null;
        var named = (template.Contains("{day}", StringComparison.Ordinal) || template.Contains("{date}", StringComparison.Ordinal)) && (needs is null || template.Contains(needs, StringComparison.Ordinal));
        return named && Uri.TryCreate(template.Replace('{', '0').Replace('}', '0'), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? template : throw new InvalidOperationException($"Health:CardBridge:Statements:{name} must be an absolute http(s) address with {needs}{(needs is null ? "" : " and ")}{{day}} or {{date}} in it.");
    }
}
