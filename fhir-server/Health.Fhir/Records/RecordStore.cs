using Health.Contracts;

namespace Health.Fhir.Records;

/// <summary>The door for the modules: <see cref="IRecordStore"/>.</summary>
public sealed class RecordStore(RecordCommitter committer, RecordReader reader, IKeyring keyring) : IRecordStore
{
    public async ValueTask<RecordCommit> Commit(RecordBatch batch, CancellationToken ct)
    {
        if (batch.Writes.Count == 0) return new RecordCommit([], Refusal.Invalid("A batch without writes."));
        // The resident's key is durable before the turn of the log is taken: making it inside would wait for itself.
        if (batch.ResidentId is not null) await keyring.ForResident(batch.ResidentId, ct);
        var unit = new WriteUnit(batch.Header, batch.InstitutionCode, [.. batch.Writes.Select(write => new UnitWrite(write))])
        {
            BatchKey = batch.BatchKey,
            ResidentId = batch.ResidentId,
            EffectiveAt = batch.EffectiveAt,
        };
        return (await committer.Commit(unit, ct)).Commit;
    }

    public async ValueTask<ReadOnlyMemory<byte>?> Read(string resourceType, string id, CancellationToken ct) =>
        await reader.Find(resourceType, id, new AccessFilter.Everything(), ct) is { Deleted: false } record ? record.Json : null;
}
