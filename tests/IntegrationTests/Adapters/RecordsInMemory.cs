using System.Collections.Concurrent;
using Health.Contracts;

namespace Health.IntegrationTests.Adapters;

/// <summary>
/// A record store that outlives the host, as a database would, and that a test can stop in the middle. It keeps to the contract: the same
/// batch key again returns the stored outcome and writes nothing.
/// </summary>
public sealed class RecordsInMemory : IRecordStore
{
    private readonly ConcurrentDictionary<string, RecordCommit> outcomes = new();

    /// <summary>Every batch that was written, once each, in the order of writing.</summary>
    public ConcurrentQueue<RecordBatch> Written { get; } = new();

    /// <summary>Runs before a batch is written; may wait or throw.</summary>
    public Func<RecordBatch, CancellationToken, Task>? Before { get; set; }

    /// <summary>Runs after a batch is written and before the caller knows.</summary>
    public Func<RecordBatch, CancellationToken, Task>? After { get; set; }

    public async ValueTask<RecordCommit> Commit(RecordBatch batch, CancellationToken ct)
    {
        if (Before is { } before) await before(batch, ct);
        var commit = outcomes.GetOrAdd(batch.BatchKey, _ =>
        {
            Written.Enqueue(batch);
            return new RecordCommit([.. batch.Writes.Select(write => new RecordOutcome(write.ResourceType, write.Id, 1, Written.Count, true))], null);
        });
        if (After is { } after) await after(batch, ct);
        return commit;
    }

    public ValueTask<ReadOnlyMemory<byte>?> Read(string resourceType, string id, CancellationToken ct) => ValueTask.FromResult<ReadOnlyMemory<byte>?>(null);
}
