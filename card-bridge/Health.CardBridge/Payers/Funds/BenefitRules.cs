using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.CardBridge.Payers.Funds;

/// <summary>What a fund pays of an outpatient bill from a day on. Amounts in fen, shares in per mille.</summary>
/// <param name="DeductibleFen">起付线: this much of a bill is the patient's own.</param>
/// <param name="CapFen">封顶线: the fund pays no more than this of a bill.</param>
/// <param name="WithoutReferral">The share at a hospital when nobody referred the patient.</param>
public sealed record BenefitRule(DateOnly From, long DeductibleFen, long CapFen, int Share, int WithoutReferral)
{
    /// <summary>The fund's part is rounded down to the fen, so the parts always add up to the total.</summary>
    public Split Of(Fen total, bool atHospital, bool referred)
    {
        var share = atHospital && !referred ? WithoutReferral : Share;
        var above = Math.Max(0, total.Value - DeductibleFen);
        var fund = Math.Min(CapFen, (long)((Int128)above * share / 1000));
        return new Split(total, new Fen(fund), Fen.Zero, new Fen(total.Value - fund));
    }
}

/// <summary>
/// The dated rules of the funds before the national interface. The forms (deductible, cap, lower share without referral) are the domain's (region domain §7); the figures are
/// assumptions, since the ordinances of the counties were not at hand. Pure.
/// </summary>
public static class BenefitRules
{
    /// <summary>新农合, the county pool.</summary>
    public static readonly IReadOnlyList<BenefitRule> CountyPool = [new(new(2008, 1, 1), 0, 3_000, 400, 250), new(new(2013, 1, 1), 0, 6_000, 500, 350), new(new(2015, 1, 1), 1_000, 10_000, 600, 400)];

    /// <summary>职工 and 城镇 insurance.</summary>
    public static readonly IReadOnlyList<BenefitRule> Urban = [new(new(2008, 1, 1), 5_000, 20_000, 500, 500), new(new(2014, 1, 1), 3_000, 40_000, 600, 500)];

    /// <summary>The rule in force on a day; null before the first.</summary>
    public static BenefitRule? On(this IReadOnlyList<BenefitRule> rules, DateOnly day) => rules.LastOrDefault(rule => rule.From <= day);
}
