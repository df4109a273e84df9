using System.Globalization;
using System.Text;
using Health.Cards;

namespace Health.CardBridge.Reconciliation;

/// <summary>
/// The seal of a day: SM3 over its lines, parties in the order of <see cref="Parties.All"/>, lines by reference and kind, each as
/// <c>party|result|reference|kind|ours|theirs</c> and a line feed; an amount that a side does not have is empty. Anybody with the lines can
/// compute it again.
/// </summary>
public sealed class DaySeal
{
    private readonly Sm3 sum = new();

    public long Lines { get; private set; }

    public void Add(string party, Match match)
    {
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{party}|{DifferenceKinds.TextOf(match.Kind)}|{match.Reference}|{match.Line.Kind}|{match.Ours?.AmountFen}|{match.Theirs?.AmountFen}\n");
        sum.Add(Encoding.UTF8.GetBytes(text));
        Lines++;
    }

    /// <summary>Hexadecimal, upper case. Ends the seal.</summary>
    public string Hex() => Convert.ToHexString(sum.Finish());
}

/// <summary>Results of a comparison as tables and messages name them.</summary>
public static class DifferenceKinds
{
    public static string TextOf(MatchKind kind) => kind switch
    {
        MatchKind.Matched => "matched",
        MatchKind.OnlyOurs => Difference.OnlyOurs,
        MatchKind.OnlyTheirs => Difference.OnlyTheirs,
        MatchKind.Amount => Difference.OtherAmount,
        MatchKind.Status => Difference.OtherStatus,
        MatchKind.Repeated => Difference.Repeated,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
