using Health.Broker.Keys;

namespace Health.Broker.Audit.Log;

/// <summary>
/// <c>&lt;DataFolder&gt;/audit/checkpoints.log</c>: every checkpoint once more outside the database, one canonical JSON line each, so that
/// a rewritten database is caught by comparing. Written after the database commit, so the file is never ahead of it.
/// </summary>
internal sealed class CheckpointFile(string dataFolder)
{
    private const int LongestLine = 4096;

    public string Path => System.IO.Path.Combine(dataFolder, "audit", "checkpoints.log");

    /// <summary>The last whole line; a line torn by a power cut is cut off.</summary>
    /// <exception cref="AuditLogBrokenException">The last line is not a checkpoint.</exception>
    public Checkpoint? Last()
    {
        if (!File.Exists(Path)) return null;
        using var file = new FileStream(Path, FileMode.Open, FileAccess.ReadWrite);
        var tail = new byte[(int)Math.Min(file.Length, 2 * LongestLine)];
        file.Seek(-tail.Length, SeekOrigin.End);
        file.ReadExactly(tail);
        var end = Array.LastIndexOf(tail, (byte)'\n') + 1;
        if (end < tail.Length)
        {
            file.SetLength(file.Length - (tail.Length - end));
            file.Flush(flushToDisk: true);
        }

        if (end == 0) return null;
        var start = end >= 2 ? Array.LastIndexOf(tail, (byte)'\n', end - 2) + 1 : 0;
        return Checkpoint.Parse(tail.AsMemory(start, end - 1 - start)) ?? throw new AuditLogBrokenException($"The last line of {Path} is not a checkpoint.");
    }

    public void Append(Checkpoint checkpoint)
    {
        var isNew = !File.Exists(Path);
        if (isNew) System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        using (var file = new FileStream(Path, FileMode.Append, FileAccess.Write))
        {
            file.Write([.. checkpoint.Line(), (byte)'\n']);
            file.Flush(flushToDisk: true);
        }

        if (isNew) DurableFile.SyncFolder(System.IO.Path.GetDirectoryName(Path)!);
    }
}

/// <summary>The audit log contradicts itself: it must not be signed any further until a person has looked.</summary>
internal sealed class AuditLogBrokenException(string message) : Exception(message);
