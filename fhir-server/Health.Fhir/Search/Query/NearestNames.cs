namespace Health.Fhir.Search;

/// <summary>What somebody may have meant by a name there is not.</summary>
public static class NearestNames
{
    private const int Most = 3;

    /// <summary>At most three names, nearest first; empty when none is near.</summary>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> names)
    {
        if (name.Length is 0 or > 64) return [];
        var limit = Math.Max(2, name.Length / 3);
        return [.. names.Select(candidate => (candidate, Distance: DistanceOf(name.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .Where(pair => pair.Distance <= limit || (name.Length > 2 && pair.candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(pair => pair.Distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal).Take(Most).Select(pair => pair.candidate)];
    }

    /// <summary>Letters to insert, leave out, change or swap with their neighbour.</summary>
    private static int DistanceOf(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 32) return int.MaxValue;
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var best = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) best = Math.Min(best, rows[i - 2, j - 2] + 1);
                rows[i, j] = best;
            }
        }
        return rows[a.Length, b.Length];
    }
}
