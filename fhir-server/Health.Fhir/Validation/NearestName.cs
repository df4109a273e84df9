namespace Health.Fhir.Validation;

/// <summary>The name a writer most likely meant.</summary>
internal static class NearestName
{
    private const int MaxLength = 64;

    /// <summary>null when nothing is near.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        if (name.Length > MaxLength) return null;
        var (best, distance) = ((string?)null, (name.Length / 3) + 2);
        foreach (var candidate in known)
        {
            // The choice without its type: 'value' for valueQuantity.
            var found = candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase) && char.IsUpper(candidate.ElementAtOrDefault(name.Length)) ? 1 : Distance(name, candidate);
            if (found < distance) (best, distance) = (candidate, found);
        }

        return best;
    }

    private static int Distance(string left, string right)
    {
        if (right.Length > MaxLength) return int.MaxValue;
        Span<int> row = stackalloc int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++) row[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + cost));
            }
        }

        return row[right.Length];
    }
}
