using Health.Contracts;

namespace Health.Fhir.Records;

/// <summary>The door for the modules: <see cref="IRecordStore"/>.</summary>
public sealed class RecordStore(RecordCommitter committer, RecordReader reader, IKeyring keyring) : IRecordStore
{
    public async ValueTask<RecordCommit> Commit(RecordBatch batch, CancellationToken ct)
    {
        if (batch.Writes.Count == 0) return new RecordCommit([], Refusal.Invalid("A batch without writes."));
        // The residents' keys are durable before the turn of the log is taken: making one inside would wait for itself.
        foreach (var resident in batch.Writes.Select(write => write.ResidentId).Append(batch.ResidentId).OfType<string>().Distinct()) await keyring.ForResident(resident, ct);
        var unit = new WriteUnit(batch.Header, batch.InstitutionCode, [.. batch.Writes.Select(write => new UnitWrite(write) { ResidentId = write.ResidentId })])
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
