using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;

namespace Health.Fhir.Bulk;

/// <summary>
/// Carries an import out: inputs into the sealed spool, then Patients, then everything else, in blocks of lines. A block is one transaction
/// under a key of its own, so a block that was committed and not yet noted when the platform stopped is not written twice.
/// </summary>
public sealed class ImportRun(BulkTable table, Spool spool, ImportSource sources, ImportPreparation preparation, RecordCommitter committer, NodeIdentity node)
{
    /// <summary>Lines of a block; above the size from which the committer gives a unit a transaction of its own.</summary>
    private const int BlockLines = 500;
    private const int Passes = 2;

    public async Task Run(BulkJob job, CancellationToken ct)
    {
        for (var i = 0; i < job.Request.Inputs.Count; i++)
        {
            if (spool.Has(job.Id, i)) continue;
            var input = i;
            if (job.Request.Inputs[i].Url is not { } url) throw new BulkFaultException("The body of the request is no longer there: send it again.");
            await sources.Fetch(url, body => spool.Write(job.Id, input, body, ct), ct);
        }

        // Patients first, and all of them committed: whom a resource concerns is asked of the store.
        var memory = new ImportPreparation.Memory();
        for (var pass = 0; pass < Passes; pass++)
            if (!await Pass(job, pass, memory, ct)) return;
    }

    /// <summary>While a block is committed the next is checked. False when the job was cancelled.</summary>
    private async Task<bool> Pass(BulkJob job, int pass, ImportPreparation.Memory memory, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var ready = Channel.CreateBounded<PreparedBlock>(new BoundedChannelOptions(2) { SingleReader = true, SingleWriter = true });
        var preparing = Prepare(job, pass, memory, ready.Writer, stop.Token);
        try
        {
            await foreach (var block in ready.Reader.ReadAllAsync(ct))
                if (!await Commit(job, block, ct)) return false;
            return true;
        }
        finally
        {
            await stop.CancelAsync();
            await preparing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Prepare(BulkJob job, int pass, ImportPreparation.Memory memory, ChannelWriter<PreparedBlock> ready, CancellationToken ct)
    {
        try
        {
            await foreach (var block in Blocks(job, pass, ct)) await ready.WriteAsync(await preparation.Prepare(job, block, memory, ct), ct);
            ready.Complete();
        }
        catch (Exception e)
        {
            // Whoever reads the blocks learns of it.
            ready.TryComplete(e);
        }
    }

    private async IAsyncEnumerable<ImportBlock> Blocks(BulkJob job, int pass, [EnumeratorCancellation] CancellationToken ct)
    {
        var from = job.Position.Split('|') is [var p, var i, var n] ? (Pass: int.Parse(p), Input: int.Parse(i), Number: int.Parse(n)) : default;
        for (var input = 0; input < job.Request.Inputs.Count; input++)
        {
            var declared = job.Request.Inputs[input].Type;
            // An input of another type holds no Patients, and one of Patients nothing else that could be read.
            if (pass == 0 && declared is not null && declared != "Patient") continue;
            var number = 0;
            List<(long, ReadOnlyMemory<byte>?)> lines = new(BlockLines);
            await foreach (var line in spool.Lines(job.Id, input, FhirDoor.MaxResourceBytes, ct))
            {
                lines.Add(line);
                if (lines.Count < BlockLines) continue;
                if (IsToCome(input, number)) yield return new ImportBlock(pass, input, number, lines);
                lines = new(BlockLines);
                number++;
            }

            if (lines.Count > 0 && IsToCome(input, number)) yield return new ImportBlock(pass, input, number, lines);
        }

        bool IsToCome(int input, int number) => (pass, input, number).CompareTo((from.Pass, from.Input, from.Number)) >= 0;
    }

    /// <returns>False when the job was cancelled.</returns>
    private async Task<bool> Commit(BulkJob job, PreparedBlock prepared, CancellationToken ct)
    {
        var (block, writes, refused) = prepared;
        var caller = job.Request.Caller;
        var header = new EventHeader(node.NodeId, caller.Actor, caller.Purpose, "import", job.Id);
        // A line that is refused at the commit leaves the block; the others are tried again without it.
        for (var attempt = 0; writes.Count > 0; attempt++)
        {
            var unit = new WriteUnit(header, caller.InstitutionCode ?? node.NodeId, [.. writes.Select(write => write.Write)])
            {
                Caller = caller with { RequestId = job.Id },
                BatchKey = $"import:{job.Id}:{block.Pass}:{block.Input}:{block.Number}:{attempt}",
            };
            var outcome = await committer.Commit(unit, ct);
            if (outcome.Commit.Refusal is not { } refusal) break;
            if (outcome.Commit.RefusedIndex < 0) throw new BulkFaultException(refusal.Diagnostics);
            refused.Add((writes[outcome.Commit.RefusedIndex].Line, [refusal]));
            writes.RemoveAt(outcome.Commit.RefusedIndex);
        }

        return await table.SaveBlock(job.Id, block.After, writes.Count, [.. refused.Select(line => (block.Input, line.Line, Outcome(block.Input, line.Line, line.Issues)))], ct);
    }

    /// <summary>The place is the line; the expression stays that of the resource.</summary>
    private static byte[] Outcome(int input, long line, IReadOnlyList<Refusal> issues) =>
        OutcomeWriter.Write([.. issues.Select(issue => issue with { Diagnostics = $"input {input + 1}, line {line}: {issue.Diagnostics}" })]);
}
