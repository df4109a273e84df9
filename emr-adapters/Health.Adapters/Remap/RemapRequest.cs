namespace Health.Adapters.Remap;

/// <summary>The version of the mapper that messages are brought to.</summary>
internal sealed record MapperVersion(string Value);

/// <summary>Which messages are mapped again: all that are records and were mapped by another version.</summary>
/// <param name="Since">Received then or later.</param>
/// <param name="Type">Type and trigger, <c>ADT^A08</c>.</param>
/// <param name="After">Position of the last message of the page before.</param>
/// <param name="IsDryRun">Says what would change and writes nothing.</param>
public sealed record RemapRequest(DateTimeOffset Since, string? Source, string? Type, long After, int Count, bool IsDryRun);

/// <summary>What became of the messages of one source and type.</summary>
/// <param name="LeftAlone">Nothing was changed, because what differs was written elsewhere since, by a desk for instance.</param>
/// <param name="Refused">The present mapper or the store does not take the message; it stays with its older version.</param>
/// <param name="Conflicts">The record changed meanwhile; the next run takes it.</param>
/// <param name="Elements">Changed elements, such as <c>Patient.maritalStatus</c>, with their number.</param>
public sealed record RemapCount(string Source, string Type, int Changed, int Unchanged, int LeftAlone, int Refused, int Conflicts, IReadOnlyDictionary<string, int> Elements);

/// <param name="Total">Messages to look at; only on the first page.</param>
/// <param name="Next">Pass as <c>after</c> for the next page; null on the last one.</param>
public sealed record RemapPage(int Examined, long? Total, long? Next, IReadOnlyList<RemapCount> Counts);

internal enum RemapKind { Changed, Unchanged, LeftAlone, Refused, Conflict }

/// <summary>Adds up a page.</summary>
internal sealed class RemapTally
{
    private readonly SortedDictionary<(string Source, string Type), (int[] Kinds, SortedDictionary<string, int> Elements)> rows = [];

    public void Add(string source, string type, RemapKind kind, IEnumerable<string> elements)
    {
        if (!rows.TryGetValue((source, type), out var row)) rows[(source, type)] = row = (new int[5], new(StringComparer.Ordinal));
        row.Kinds[(int)kind]++;
        foreach (var element in elements) row.Elements[element] = row.Elements.GetValueOrDefault(element) + 1;
    }

    public IReadOnlyList<RemapCount> Counts =>
        [.. rows.Select(row => new RemapCount(row.Key.Source, row.Key.Type, row.Value.Kinds[0], row.Value.Kinds[1], row.Value.Kinds[2], row.Value.Kinds[3], row.Value.Kinds[4], row.Value.Elements))];
}
