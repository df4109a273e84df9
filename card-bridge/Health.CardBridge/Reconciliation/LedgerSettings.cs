using Microsoft.Extensions.Configuration;

namespace Health.CardBridge.Reconciliation;

/// <summary>
/// Where statements are fetched, section <c>Health:CardBridge:Statements</c>. A party without an address is not asked; its statement can be handed in
/// (<c>PUT /card/reconciliation/DAY/statements/PARTY</c>).
/// </summary>
/// <param name="HisUrl">Address of an institution's ledger with <c>{institution}</c> and <c>{day}</c> (yyyy-MM-dd) in it.</param>
/// <param name="BankUrl">Address of the acquirer's statement of a day with <c>{day}</c> in it.</param>
/// <param name="MobileUrl">The same of mobile payments.</param>
/// <param name="InsuranceType">insutype of 3201: the bridge's ledger does not keep the type of each settlement.</param>
/// <param name="ClearingType">clr_type of 3201 and 3202; 11 is outpatient.</param>
public sealed record LedgerSettings(string? HisUrl, string? BankUrl, string? MobileUrl, string InsuranceType, string ClearingType)
{
    /// <exception cref="InvalidOperationException">A setting is wrong.</exception>
    public static LedgerSettings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Health:CardBridge:Statements");
        return new LedgerSettings(
            Address(section, "HisUrl", "{institution}"), Address(section, "BankUrl", null), Address(section, "MobileUrl", null), section["InsuranceType"] ?? "310", section["ClearingType"] ?? "11");
    }

    private static string? Address(IConfigurationSection section, string name, string? needs)
    {
        if (section[name] is not { Length: > 0 } template) return null;
        var whole = Uri.TryCreate(template.Replace("{institution}", "X", StringComparison.Ordinal).Replace("{day}", "2026-01-01", StringComparison.Ordinal), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
        return whole && template.Contains("{day}", StringComparison.Ordinal) && (needs is null || template.Contains(needs, StringComparison.Ordinal))
            ? template : throw new InvalidOperationException($"Health:CardBridge:Statements:{name} must be an absolute http(s) address with {needs}{{day}} in it.");
    }
}
