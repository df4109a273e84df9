namespace Health.Simulators.Insurer;

/// <summary>How a bill is split. The three parts add up to the total.</summary>
public sealed record Split(decimal Total, decimal Fund, decimal Account, decimal Cash);

/// <summary>
/// The benefit rules, by the day of the visit. Deterministic and simple on purpose: a share of the covered lines from the pooled fund, rounded
/// down to the fen, then the personal account up to its balance, then cash.
/// </summary>
public static class Benefit
{
    private static readonly (DateOnly From, decimal Share)[] Rules = [(new(2000, 1, 1), 0.50m), (new(2021, 10, 1), 0.60m)];

    public static Split Of(DateOnly day, decimal total, decimal covered, decimal accountBalance, bool useAccount)
    {
        var share = Rules.Last(rule => rule.From <= day).Share;
        var fund = decimal.Floor(covered * share * 100) / 100;
        var account = useAccount ? Math.Min(accountBalance, total - fund) : 0;
        return new Split(total, fund, account, total - fund - account);
    }
}
