namespace Health.Contracts;

public enum WriteKind
{
    /// <summary>A new resource; refused if the id is taken.</summary>
    Create,
    /// <summary>The whole resource, new or replaced.</summary>
    Put,
    /// <summary>JSON merge patch (RFC 7396) on the stored resource or on nothing: absent keeps, null removes, present replaces.</summary>
    Merge,
    Delete,
}

/// <summary>
/// One resource of a batch. <paramref name="Json"/> is UTF-8 FHIR JSON (for Merge: a patch; empty for Delete).
/// HL7 v2's three field states fall onto Merge exactly: absent field, <c>""</c>, value.
/// </summary>
public sealed record RecordWrite(WriteKind Kind, string ResourceType, string Id, ReadOnlyMemory<byte> Json)
{
    /// <summary>For Merge: top-level elements set only where the stored resource has none (UTF-8 JSON object).</summary>
    public ReadOnlyMemory<byte> Defaults { get; init; }

    /// <summary>
    /// For Merge: top-level arrays of the patch that add to the stored ones instead of replacing them. Members are the same when their
    /// reference is, or their system and value; <c>{"system":…,"value":null}</c> takes out what is stored under that system, null the whole array.
    /// </summary>
    public IReadOnlyList<string> UnionArrays { get; init; } = [];

    /// <summary>The resident it concerns, in a batch about several; null: the batch's own.</summary>
    public string? ResidentId { get; init; }

    /// <summary>The version the writer saw; null does not ask.</summary>
    public long? ExpectedVersion { get; init; }
}

/// <summary>
/// Writes that stand or fall together: one transaction with index and audit fact. <paramref name="BatchKey"/> is the business key
/// (source and control id, settlement step): the same key again returns the stored outcome and writes nothing.
/// </summary>
public sealed record RecordBatch(
    string BatchKey,
    EventHeader Header,
    string InstitutionCode,
    string? ResidentId,
    IReadOnlyList<RecordWrite> Writes)
{
    /// <summary>When the fact happened at its source, if the source says so (second clock).</summary>
    public DateTimeOffset? EffectiveAt { get; init; }
}

/// <summary>Version and sequence after the write. <paramref name="Changed"/> is false when the write said nothing new.</summary>
public sealed record RecordOutcome(string ResourceType, string Id, long Version, long Sequence, bool Changed);

/// <summary>Either the outcomes of all writes in order, or the reason none was made.</summary>
public sealed record RecordCommit(IReadOnlyList<RecordOutcome> Outcomes, Refusal? Refusal, int RefusedIndex = -1)
{
    public bool IsRefused => Refusal is not null;
}

/// <summary>The event-sourced FHIR store, for modules that write records (Fhir).</summary>
public interface IRecordStore
{
    /// <summary>Durable when it returns.</summary>
    ValueTask<RecordCommit> Commit(RecordBatch batch, CancellationToken ct);

    /// <summary>Current version as UTF-8 FHIR JSON; null when absent or deleted. For modules' own needs: the door audits its reads.</summary>
    ValueTask<ReadOnlyMemory<byte>?> Read(string resourceType, string id, CancellationToken ct);
}

/// <summary>Raw messages, so that Provenance can lead to the bytes a hospital sent (Adapters).</summary>
public interface IRawMessages
{
    /// <summary>The message, opened; null when there is none or its key was destroyed.</summary>
    ValueTask<RawMessage?> Open(string messageId, CancellationToken ct);
}

/// <param name="Bytes">Exactly what came over the wire, in <paramref name="Charset"/>.</param>
public sealed record RawMessage(string MessageId, string InstitutionCode, string? ResidentId, DateTimeOffset ReceivedAt, string Charset, byte[] Bytes)
{
    /// <summary>Residents whom the message is about beside ResidentId.</summary>
    public IReadOnlyList<string> OtherResidents { get; init; } = [];
}
