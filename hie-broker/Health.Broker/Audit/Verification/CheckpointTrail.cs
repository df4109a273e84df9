using System.Security.Cryptography;
using System.Text;
using Health.Broker.Audit.Log;

namespace Health.Broker.Audit.Verification;

/// <summary>
/// Walks the checkpoints of the database beside those of the file, both by size, and compares each with the recomputed tree. The file and
/// the public key in the data folder are trusted; the database is what is judged.
/// </summary>
/// <param name="fileLength">Bytes the file had before the database was looked at: what came later may not be in the snapshot yet.</param>
internal sealed class CheckpointTrail(IAsyncEnumerator<Checkpoint> database, StreamReader? file, long fileLength, ECDsa? key, Findings findings) : IAsyncDisposable
{
    private Checkpoint? next, line;
    private int lineNumber, pastFile;
    private long lineStart, nextLineStart;
    private bool rootsDiffer, fileEnded;

    /// <summary>The last checkpoint whose signature and root were right.</summary>
    public Checkpoint? Confirmed { get; private set; }

    public Checkpoint? Last { get; private set; }

    public async Task Start(CancellationToken ct)
    {
        await NextOfDatabase();
        await NextOfFile(ct);
    }

    /// <summary>Called with every size the recomputed tree reaches.</summary>
    public async Task Reached(long size, Func<byte[]> root, CancellationToken ct)
    {
        while (line is not null && line.Size < size && (next is null || line.Size < next.Size)) await OnlyInFile(ct);
        if (next is null || next.Size > size) return;
        if (next.Size < size)
        {
            findings.Add($"checkpoint {next.Size}: there is no log of that size");
        }
        else if (!root().AsSpan().SequenceEqual(next.Root))
        {
            // Once the tree differs, every later root does: the first place is the one that tells.
            if (!rootsDiffer) findings.Add($"checkpoint {next.Size}: root differs from the log, here and later");
            rootsDiffer = true;
        }
        else if (IsSigned(next))
        {
            Confirmed = next;
        }

        await CompareWithFile(ct);
        await NextOfDatabase();
    }

    /// <summary>Called when the log has ended.</summary>
    public async Task Finish(long size, CancellationToken ct)
    {
        for (; next is not null; await NextOfDatabase())
        {
            findings.Add($"checkpoint {next.Size}: the log has only {size} entries");
            await CompareWithFile(ct);
        }

        while (line is not null) await OnlyInFile(ct);
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        file?.Dispose();
    }

    private bool IsSigned(Checkpoint checkpoint)
    {
        if (key is null || (checkpoint.KeyId == CheckpointSigner.IdOf(key) && checkpoint.IsSignedBy(key))) return true;
        findings.Add($"checkpoint {checkpoint.Size}: signature wrong");
        return false;
    }

    private async Task CompareWithFile(CancellationToken ct)
    {
        while (line is not null && line.Size < next!.Size) await OnlyInFile(ct);
        if (file is null) return;
        if (line is not null && line.Size == next!.Size)
        {
            if (!line.Line().AsSpan().SequenceEqual(next.Line())) findings.Add($"checkpoint {next.Size}: differs from the file (line {lineNumber})");
            await NextOfFile(ct);
        }
        else if (!fileEnded || pastFile++ > 0)
        {
            // A crash between commit and file leaves out one line at the end, never more.
            findings.Add($"checkpoint {next!.Size}: not in the file");
        }
    }

    private async Task OnlyInFile(CancellationToken ct)
    {
        if (lineStart < fileLength) findings.Add($"checkpoint {line!.Size}: in the file (line {lineNumber}), not in the database");
        await NextOfFile(ct);
    }

    private async Task NextOfDatabase()
    {
        next = await database.MoveNextAsync() ? database.Current : null;
        Last = next ?? Last;
    }

    private async Task NextOfFile(CancellationToken ct)
    {
        line = null;
        while (line is null && file is not null && await file.ReadLineAsync(ct) is { } text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            (lineStart, nextLineStart) = (nextLineStart, nextLineStart + bytes.Length + 1);
            lineNumber++;
            line = Checkpoint.Parse(bytes);
            if (line is null && lineStart < fileLength) findings.Add($"checkpoints.log line {lineNumber}: not a checkpoint");
        }

        fileEnded = line is null;
    }
}
