using System.Text;

namespace Health.CardAgent.Journal;

/// <summary>
/// A file of lines that only grows: a line is on the disk before <see cref="Append"/> returns. Exclusive: a second agent cannot open it. A line cut by a kill at the very end
/// was never acted on and is dropped.
/// </summary>
public sealed class AppendFile : IDisposable
{
    private readonly FileStream file;

    /// <param name="replay">Called with number (from 1) and text of each whole line there is; what it throws stops the start.</param>
    public AppendFile(string path, Action<int, string> replay)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        try
        {
            file.SetLength(Replay(replay));
            file.Seek(0, SeekOrigin.End);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Append(byte[] line)
    {
        file.Write([.. line, (byte)'\n']);
        file.Flush(flushToDisk: true);
    }

    public void Dispose() => file.Dispose();

    // Returns the length of what is whole.
    private long Replay(Action<int, string> replay)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        var number = 0;
        foreach (var text in Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries)) replay(++number, text);
        return whole;
    }
}
