using Health.Contracts;
using Health.Fhir.Search;

namespace Health.Fhir.Records;

/// <summary>
/// The part of a write that needs nothing of the store, done in the thread of whoever asks, while another commit runs: references within the unit,
/// the scan of each body, its index rows. In the turn of the log only the decision is left.
/// </summary>
internal static class Preparation
{
    private const int ManyWrites = 16;

    public static async ValueTask<WriteUnit> Of(WriteUnit unit, SearchIndex index, CancellationToken ct)
    {
        if (unit.ResolveReferences) unit = ReferenceResolution.OfFixedTargets(unit);
        var rowsOf = await index.Preparer(ct);
        var (given, writes) = (unit.Writes, new UnitWrite[unit.Writes.Count]);
        if (writes.Length < ManyWrites)
            for (var i = 0; i < writes.Length; i++) writes[i] = Of(given[i], rowsOf);
        else Parallel.For(0, writes.Length, i => writes[i] = Of(given[i], rowsOf));
        await index.Learn(writes.Select(write => write.Prepared?.Rows).OfType<IndexRows>(), ct);
        return unit with { Writes = writes };
    }

    private static UnitWrite Of(UnitWrite given, Func<string, ReadOnlyMemory<byte>, IndexRows> rowsOf)
    {
        var write = given.Write;
        if (write.Kind is not (WriteKind.Create or WriteKind.Put)) return given;
        // What is not well formed is refused where it is decided, with its place.
        if (ResourceScan.TryRead(write.Json.Span, out var scan) is not null) return given;
        return given with { Prepared = new PreparedBody(write.Json, scan, rowsOf(write.ResourceType, write.Json)) };
    }
}
