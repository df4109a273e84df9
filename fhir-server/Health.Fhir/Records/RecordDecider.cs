using Health.Contracts;

namespace Health.Fhir.Records;

/// <summary>What is stored of a resource. <paramref name="Body"/> is empty when it is deleted.</summary>
public sealed record RecordState(long Version, bool Deleted, DateTimeOffset LastUpdated, ReadOnlyMemory<byte> Body);

public abstract record RecordDecision
{
    private RecordDecision() { }

    public sealed record Refused(Refusal Refusal) : RecordDecision;

    /// <summary>The write says nothing new: no version is made.</summary>
    public sealed record Unchanged(long Version) : RecordDecision;

    /// <param name="Body">The full JSON of the new version; empty for a deletion.</param>
    public sealed record Written(long Version, bool Deleted, ReadOnlyMemory<byte> Body) : RecordDecision;
}

/// <summary>Decides one write on one resource. Pure: the time is passed in.</summary>
public static class RecordDecider
{
    /// <param name="state">null when the resource never existed.</param>
    /// <param name="now">In whole milliseconds.</param>
    /// <param name="scan">Of the write's own JSON, where it was made before.</param>
    public static RecordDecision Decide(RecordWrite write, RecordState? state, DateTimeOffset now, ResourceScan? scan = null)
    {
        if (write.ExpectedVersion is { } expected && expected != (state?.Version ?? 0))
            return Refused(Refusal.VersionConflict(state is null
                ? $"{write.ResourceType}/{write.Id} does not exist; version {expected} was expected."
                : $"{write.ResourceType}/{write.Id} is at version {state.Version}; version {expected} was expected."));
        return write.Kind switch
        {
            WriteKind.Create when state is not null => Refused(Refusal.Conflict($"{write.ResourceType}/{write.Id} exists already.")),
            WriteKind.Create or WriteKind.Put => Put(write, write.Json, state, now, scan),
            WriteKind.Merge => Merge(write, state, now),
            WriteKind.Delete when state is null or { Deleted: true } => new RecordDecision.Unchanged(state?.Version ?? 0),
            WriteKind.Delete => new RecordDecision.Written(state.Version + 1, Deleted: true, default),
            _ => throw new ArgumentOutOfRangeException(nameof(write), write.Kind, "Unknown kind of write."),
        };
    }

    private static RecordDecision Merge(RecordWrite write, RecordState? state, DateTimeOffset now)
    {
        if (ResourceScan.TryRead(write.Json.Span, out _) is { } refusal) return Refused(refusal);
        if (!write.Defaults.IsEmpty && ResourceScan.TryRead(write.Defaults.Span, out _) is { } inDefaults) return Refused(inDefaults);
        var merged = MergePatch.Apply(state is { Deleted: false } ? state.Body.Span : default, write.Json.Span, write.UnionArrays);
        if (!write.Defaults.IsEmpty) merged = MergePatch.AddDefaults(merged, write.Defaults.Span);
        return Put(write, merged, state, now);
    }

    private static RecordDecision Put(RecordWrite write, ReadOnlyMemory<byte> json, RecordState? state, DateTimeOffset now, ResourceScan? scan = null)
    {
        if (scan is null && ResourceScan.TryRead(json.Span, out scan) is { } refusal) return Refused(refusal);
        if (scan.ResourceType is { } type && type != write.ResourceType)
            return Refused(Refusal.Invalid($"The body is a {type}, not a {write.ResourceType}.", "resourceType"));
        if (state is { Deleted: false } && SaysNothingNew(write, json.Span, scan, state)) return new RecordDecision.Unchanged(state.Version);
        var version = (state?.Version ?? 0) + 1;
        return new RecordDecision.Written(version, Deleted: false, ResourceBytes.Splice(json.Span, scan, write.ResourceType, write.Id, version, now));
    }

    private static bool SaysNothingNew(RecordWrite write, ReadOnlySpan<byte> json, ResourceScan scan, RecordState state) =>
        ResourceBytes.SayTheSame(ResourceBytes.Splice(json, scan, write.ResourceType, write.Id, state.Version, state.LastUpdated), state.Body.Span);

    private static RecordDecision Refused(Refusal refusal) => new RecordDecision.Refused(refusal);
}
