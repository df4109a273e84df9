namespace Health.Fhir.Records;

/// <summary>A row of fhir.resource as the committer carries it on in memory, write by write.</summary>
public sealed record ResourceRow(string Type, string Id)
{
    /// <summary>0 until the row is inserted.</summary>
    public long Rid { get; init; }
    public long Version { get; init; }
    /// <summary>Shared by all copies of the row, because the sequence of a pending version is known only when it is appended.</summary>
    public SequenceCell At { get; init; } = new();

    public long Sequence => At.Value;
    public DateTimeOffset LastUpdated { get; init; }
    public bool Deleted { get; init; }
    public string? ResidentId { get; init; }
    public string InstitutionCode { get; init; } = "";
    public string KeyId { get; init; } = "";

    /// <summary>Opened JSON; null until it was asked for.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>The event's bytes, where the body is not opened yet.</summary>
    public byte[]? Stored { get; init; }

    public string StreamId => $"{Type}/{Id}";
}

/// <summary>The global sequence of a version: 0 until the version is appended.</summary>
public sealed class SequenceCell
{
    public long Value { get; set; }
}
