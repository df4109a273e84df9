namespace Health.SimulationTests.Settlements;

/// <summary>What patient and cashier mean to do, decided by the settlement's random numbers and by what its fault needs.</summary>
/// <param name="Kinds">The tenders of the plan; none: the purse pays all, without a plan.</param>
public sealed record Goal(IReadOnlyList<string> Kinds, bool Reverses, bool Cancels, bool Abandons, bool ChangesFees)
{
    private static readonly string[][] Plans = [[], [], ["purse", "mobile"], ["purse", "bank", "cash"], ["mobile", "cash"], ["cash"], ["bank"], ["bank", "mobile", "purse", "cash"], ["purse", "cash"]];

    public static Goal Of(FaultKind fault, Random random)
    {
        bool Needs(Needs needs) => fault.Needs.HasFlag(needs);
        var fitting = Plans.Where(kinds => (!Needs(Settlements.Needs.Purse) || kinds.Length == 0 || kinds.Contains("purse")) && (!Needs(Settlements.Needs.Acquirer) || kinds.Contains("bank") || kinds.Contains("mobile"))).ToList();
        var kinds = fitting[random.Next(fitting.Count)];
        var cancels = Needs(Settlements.Needs.Cancellation) || (fault.Needs == Settlements.Needs.Nothing && random.Next(40) == 0);
        var reverses = Needs(Settlements.Needs.Reversal) || random.Next(10) == 0;
        var abandons = fault.Needs is Settlements.Needs.Nothing or Settlements.Needs.Purse && kinds.Length > 1 && random.Next(20) == 0;
        return new Goal(kinds, reverses && !cancels && !abandons, cancels, abandons, Needs(Settlements.Needs.OtherFees) || random.Next(30) == 0);
    }

    /// <summary>The own share in parts of at least one fen each.</summary>
    public object[] Tenders(long selfFen)
    {
        var kinds = Kinds.Take((int)Math.Min(Kinds.Count, selfFen)).ToList();
        var part = selfFen / kinds.Count;
        return [.. kinds.Select((kind, index) => new { kind, amountFen = index == 0 ? selfFen - part * (kinds.Count - 1) : part })];
    }
}
