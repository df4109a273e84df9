using System.Globalization;

namespace Health.Simulators.CityCard;

/// <summary>
/// Loads (圈存): money moves from the purse's account at the operator onto the chip. The account is debited when the right is given, and credited again when the card proves that
/// nothing was loaded. Every load once per id; outcomes are final.
/// </summary>
public sealed class Loads(LoadKeys keys)
{
    private sealed record Load(LoadRequest Request, string Date, string Time)
    {
        public string? Outcome { get; set; }
    }

    public const long MaxAmountFen = 50_000;
    private static readonly TimeSpan China = TimeSpan.FromHours(8);
    private readonly Lock turn = new();
    private readonly Dictionary<string, Load> loads = [];

    /// <summary>The right to load, the same again for a repeat, or why not.</summary>
    public (LoadRight? Right, string? Reason) Authorise(LoadRequest request, DateTimeOffset now, bool isBlocked)
    {
        lock (turn)
        {
            if (loads.TryGetValue(request.LoadId, out var known)) return known.Request == request ? (Right(known), null) : (null, "another load has this id");
            if (isBlocked) return (null, "the purse is blocked");
            if (request.AmountFen is <= 0 or > MaxAmountFen || request.BalanceFen < 0) return (null, "amount out of range");
            if (!string.Equals(keys.Mac1(request), request.Mac1, StringComparison.OrdinalIgnoreCase)) return (null, "MAC1 does not verify");
            // One right per load sequence of a purse: a second one would load twice.
            if (loads.Values.Any(other => other.Request.PurseNo == request.PurseNo && other.Request.CardSeq == request.CardSeq && other.Outcome != "not-loaded")) return (null, "this load sequence has a right already");
            var local = now.ToOffset(China);
            var load = new Load(request, local.ToString("yyyyMMdd", CultureInfo.InvariantCulture), local.ToString("HHmmss", CultureInfo.InvariantCulture));
            loads[request.LoadId] = load;
            return (Right(load), null);
        }
    }

    /// <summary>Null when taken (again), else the reason.</summary>
    public string? Decide(string loadId, LoadOutcome outcome)
    {
        lock (turn)
        {
            if (!loads.TryGetValue(loadId, out var load)) return "no such load";
            if (outcome.Outcome is not ("loaded" or "not-loaded")) return "outcome is loaded or not-loaded";
            if (load.Outcome is { } before) return before == outcome.Outcome ? null : $"decided before: {before}";
            if (outcome.Outcome == "loaded" && !string.Equals(keys.Tac(load.Request, load.Date, load.Time), outcome.Tac, StringComparison.OrdinalIgnoreCase)) return "TAC does not verify";
            load.Outcome = outcome.Outcome;
            return null;
        }
    }

    public object Ledger()
    {
        lock (turn) return loads.Values.Select(load => new { load.Request.LoadId, load.Request.PurseNo, load.Request.AmountFen, load.Date, load.Time, load.Outcome }).ToArray();
    }

    private LoadRight Right(Load load) => new(load.Request.LoadId, load.Date, load.Time, keys.Mac2(load.Request, load.Date, load.Time));
}
