namespace Health.Console.Kpi;

/// <summary>
/// Counts of persons by an attribute are not shown below five. If one cell alone were hidden, the total would give it away: then the
/// smallest of the others is hidden too.
/// </summary>
public static class SmallCells
{
    public const long Smallest = 5;

    /// <summary>Per cell: the count, or null where it is hidden. Zero says nothing about anybody and is shown.</summary>
    public static IReadOnlyList<long?> Suppress(IReadOnlyList<long> cells)
    {
        var hidden = cells.Select(count => count is > 0 and < Smallest).ToArray();
        if (hidden.Count(cell => cell) == 1)
        {
            var next = Enumerable.Range(0, cells.Count).Where(i => !hidden[i] && cells[i] > 0).OrderBy(i => cells[i]).Cast<int?>().FirstOrDefault();
            if (next is { } index) hidden[index] = true;
        }
        return [.. cells.Select((count, i) => hidden[i] ? (long?)null : count)];
    }
}
