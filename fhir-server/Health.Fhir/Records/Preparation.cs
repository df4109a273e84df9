using Health.Contracts;
using Health.Fhir.Search;

namespace Health.Fhir.Records;

/// <summary>
/// The part of a write that needs nothing of the store, done in the thread of whoever asks, while another commit runs: references within the unit,
/// the scan of each body, its index rows. In the turn of the log only the decision is left.
/// </summary>
internal static class Preparation
{
    public static async ValueTask<WriteUnit> Of(WriteUnit unit, SearchIndex index, CancellationToken ct)
    {
        if (unit.ResolveReferences) unit = ReferenceResolution.OfFixedTargets(unit);
        var writes = new UnitWrite[unit.Writes.Count];
        for (var i = 0; i < writes.Length; i++) writes[i] = await Of(unit.Writes[i], index, ct);
        return unit with { Writes = writes };
    }

    private static async ValueTask<UnitWrite> Of(UnitWrite given, SearchIndex index, CancellationToken ct)
    {
        var write = given.Write;
        if (write.Kind is not (WriteKind.Create or WriteKind.Put)) return given;
        // What is not well formed is refused where it is decided, with its place.
        if (ResourceScan.TryRead(write.Json.Span, out var scan) is not null) return given;
        return given with { Prepared = new PreparedBody(write.Json, scan, await index.Prepare(write.ResourceType, write.Json, ct)) };
    }
}
