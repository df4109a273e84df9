namespace Health.Fhir.Records;

/// <summary>
/// A version of a resource came to be. The stream is <c>Type/id</c>, the stream version is the FHIR versionId. The body is sealed under
/// the key of the resident it concerns, or of the node; what is readable here names no person.
/// </summary>
public abstract record ResourceEvent
{
    public required string KeyId { get; init; }
    public string? ResidentId { get; init; }
    public required string InstitutionCode { get; init; }

    /// <summary>meta.lastUpdated, in whole milliseconds.</summary>
    public required DateTimeOffset LastUpdated { get; init; }

    /// <summary>When the fact happened at its source, if the source said so.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    /// <summary>Sealed UTF-8 FHIR JSON; empty for a deletion.</summary>
    public required ReadOnlyMemory<byte> Sealed { get; init; }
}

public sealed record ResourceCreated : ResourceEvent
{
    public const string Name = "fhir.resource-created.v1";
}

public sealed record ResourceUpdated : ResourceEvent
{
    public const string Name = "fhir.resource-updated.v1";
}

public sealed record ResourceDeleted : ResourceEvent
{
    public const string Name = "fhir.resource-deleted.v1";
}
