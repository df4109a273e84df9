using Health.Cards;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Issuing.Batches;

/// <summary>What a run is to do. A run that was broken off goes on with <paramref name="Resume"/>.</summary>
/// <param name="Folder">For part files and reports; null for an import without reports.</param>
/// <param name="Workers">Parts in flight: memory is bounded by them.</param>
public sealed record BatchRequest(string OrdersFile, string Folder, bool Resume, int PartSize = BatchRequest.DefaultPartSize, int? Workers = null)
{
    public const int DefaultPartSize = 10_000, MaxPartSize = 50_000;
}

/// <param name="WasDone">The batch was closed before; nothing was made.</param>
/// <param name="Resumed">Parts that were there from an earlier run.</param>
public sealed record BatchReport(string BatchId, int Parts, long Cards, long Rejected, int Resumed, string ManifestSm3, bool WasDone);

/// <summary>What came of one part: who gets a card, with which chip, and which lines not; and the SM3 of what was written for it.</summary>
public sealed record PartOutcome(IReadOnlyList<NewCard> Cards, IReadOnlyList<RejectedLine> Rejected, string FileSm3);

/// <summary>The batch cannot be run now, or not here.</summary>
public sealed class BatchRefusedException(string message) : InvalidOperationException(message);

/// <summary>Carries out one part. Called again when something came in between check and commit.</summary>
public interface IPartWork
{
    string Kind { get; }

    IReadOnlyList<string> Columns { get; }

    Task<PartOutcome> Make(BatchPlan plan, OrderPart part, CancellationToken ct);

    /// <summary>An earlier run committed the part: what stands on disk for it is checked, and made again where it is damaged.</summary>
    Task Verify(BatchPlan plan, StoredPart stored, OrderPart part, CancellationToken ct);

    /// <summary>All parts are there: the manifest's SM3.</summary>
    string Manifest(BatchPlan plan, IReadOnlyList<StoredPart> parts);
}

/// <summary>
/// Runs a batch part by part: files first (written beside, flushed, renamed), then event and rows in one transaction. A part is committed or it is not, so a
/// run that was killed goes on with the parts that are missing.
/// </summary>
public sealed class BatchRun(BatchStore store, NodeIdentity node, TimeProvider clock)
{
    private const int Tries = 5;

    /// <exception cref="OrdersMalformedException">The file is no order file.</exception>
    /// <exception cref="BatchRefusedException">Another run is at it, or it was broken off and is not to be resumed.</exception>
    public async Task<BatchReport> Run(BatchRequest request, IPartWork work, string actor, Action<long> progress, CancellationToken ct)
    {
        var ordersSm3 = await Sm3Of(request.OrdersFile, ct);
        var batchId = IdOf(ordersSm3);
        await using var turn = await store.Lock(batchId, ct) ?? throw new BatchRefusedException($"Batch {batchId} is being run by another process.");
        var known = await store.Find(batchId, ct);
        if (known is { Manifest: null } && !request.Resume) throw new BatchRefusedException($"Batch {batchId} was broken off: go on with --resume.");
        if (known is { } other && other.Plan.Kind != work.Kind) throw new BatchRefusedException($"These orders were used before to have cards {other.Plan.Kind}.");
        var plan = known?.Plan ?? new BatchPlan(batchId, work.Kind, ordersSm3, Math.Clamp(request.PartSize, 1, BatchRequest.MaxPartSize), ChinaTime.DayOf(clock.GetUtcNow()));
        if (known is null) await Open(plan, request, work, ct);
        var before = await store.Parts(batchId, ct);
        var header = new EventHeader(node.NodeId, actor, PurposeOfUse.HOPERAT, CardBridgeModule.Source);

        await using (var orders = File.OpenRead(request.OrdersFile))
        {
            var parts = CardOrders.Read(orders, plan.PartSize, work.Columns);
            // A worker takes the next part when it is free: a few parts are in memory, not the file.
            var options = new ParallelOptions { MaxDegreeOfParallelism = request.Workers ?? Environment.ProcessorCount, CancellationToken = ct };
            await Parallel.ForEachAsync(parts, options, async (part, stop) =>
            {
                if (before.TryGetValue(part.Part, out var stored)) await work.Verify(plan, stored, part, stop);
                else await MakeAndCommit(plan, part, work, header, stop);
                progress(part.Lines.Count);
            });
        }
        return await Finish(plan, known?.Manifest, before.Count, work, header, ct);
    }

    private async Task<BatchReport> Finish(BatchPlan plan, string? before, int resumed, IPartWork work, EventHeader header, CancellationToken ct)
    {
        List<StoredPart> all = [.. (await store.Parts(plan.BatchId, ct)).Values.OrderBy(part => part.Part)];
        var manifest = work.Manifest(plan, all);
        if (before is not null && before != manifest) throw new BatchRefusedException($"The manifest of batch {plan.BatchId} is not the one that was recorded: {before}.");
        if (before is null) await store.Close(plan, all, manifest, header, ct);
        return new BatchReport(plan.BatchId, all.Count, all.Sum(part => (long)part.Cards), all.Sum(part => (long)part.Rejected), resumed, manifest, before is not null);
    }

    // The header is read before the batch is opened: a file that is no order file leaves no trace.
    private async Task Open(BatchPlan plan, BatchRequest request, IPartWork work, CancellationToken ct)
    {
        await using (var orders = File.OpenRead(request.OrdersFile)) _ = CardOrders.Read(orders, 1, work.Columns).FirstOrDefault();
        await store.Open(plan, ct);
    }

    private async Task MakeAndCommit(BatchPlan plan, OrderPart part, IPartWork work, EventHeader header, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            var made = await work.Make(plan, part, ct);
            try
            {
                await store.Commit(plan, part, made.Cards, made.Rejected.Count, made.FileSm3, header, ct);
                return;
            }
            catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation && tries < Tries)
            {
                // A card of this part came in meanwhile, by another part or another desk: the next check sees it.
            }
        }
    }

    public static string IdOf(string ordersSm3) => ordersSm3[..32].ToLowerInvariant();

    /// <summary>SM3 of a file, in hexadecimal; its first 32 digits in lower case are the batch id.</summary>
    public static async Task<string> Sm3Of(string file, CancellationToken ct)
    {
        await using var stream = File.OpenRead(file);
        var (sum, buffer) = (new Sm3(), new byte[1 << 20]);
        while (await stream.ReadAsync(buffer, ct) is > 0 and var read) sum.Add(buffer.AsSpan(0, read));
        return Convert.ToHexString(sum.Finish());
    }
}
