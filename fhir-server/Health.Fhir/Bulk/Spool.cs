using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Health.Contracts;

namespace Health.Fhir.Bulk;

/// <summary>
/// Inputs of imports on disk, sealed in frames under the node's key: records lie nowhere in clear. A file gets its name when it is whole, so
/// what a crash left half is never read. Frame: length (Int32 little endian), sealed bytes, bound to job, input and place.
/// </summary>
public sealed class Spool(BulkOptions options, IKeyring keyring)
{
    private const int FrameBytes = 1 << 20;

    public bool Has(string job, int input) => File.Exists(PathOf(job, input));

    /// <exception cref="BulkFaultException">Larger than allowed.</exception>
    public async Task Write(string job, int input, Stream source, CancellationToken ct)
    {
        Directory.CreateDirectory(FolderOf(job), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var half = PathOf(job, input) + ".half";
        await using (var file = new FileStream(half, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite, Options = FileOptions.Asynchronous }))
        {
            var frame = new byte[FrameBytes];
            var (number, total) = (0, 0L);
            while (true)
            {
                var length = await source.ReadAtLeastAsync(frame, FrameBytes, throwOnEndOfStream: false, ct);
                if (length == 0) break;
                if ((total += length) > options.MaxImportBytes) throw new BulkFaultException($"An input is larger than {options.MaxImportBytes} bytes.");
                var bytes = keyring.Node.Seal(frame.AsSpan(0, length), Place(job, input, number++));
                var head = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(head, bytes.Length);
                await file.WriteAsync(head, ct);
                await file.WriteAsync(bytes, ct);
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(half, PathOf(job, input), overwrite: true);
    }

    /// <summary>The lines of an input with their numbers from 1. One that is longer than <paramref name="longest"/> comes as null.</summary>
    public async IAsyncEnumerable<(long Number, ReadOnlyMemory<byte>? Line)> Lines(string job, int input, int longest, [EnumeratorCancellation] CancellationToken ct)
    {
        var line = new MemoryStream();
        var (number, isTooLong) = (0L, false);
        await foreach (var frame in Frames(job, input, ct))
        {
            for (var at = 0; at < frame.Length;)
            {
                var end = frame.AsSpan(at).IndexOf((byte)'\n');
                var part = end < 0 ? frame.AsMemory(at) : frame.AsMemory(at, end);
                isTooLong |= line.Length + part.Length > longest;
                if (!isTooLong) line.Write(part.Span);
                at += part.Length + 1;
                if (end < 0) break;
                yield return Take();
            }
        }

        if (line.Length > 0 || isTooLong) yield return Take();

        (long, ReadOnlyMemory<byte>?) Take()
        {
            ReadOnlyMemory<byte>? bytes = isTooLong ? null : line.ToArray();
            line.SetLength(0);
            isTooLong = false;
            return (++number, bytes);
        }
    }

    public void Remove(string job)
    {
        if (Directory.Exists(FolderOf(job))) Directory.Delete(FolderOf(job), recursive: true);
    }

    private async IAsyncEnumerable<byte[]> Frames(string job, int input, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var file = new FileStream(PathOf(job, input), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
        var head = new byte[4];
        for (var number = 0; await file.ReadAtLeastAsync(head, 4, throwOnEndOfStream: false, ct) == 4; number++)
        {
            var bytes = new byte[BinaryPrimitives.ReadInt32LittleEndian(head)];
            await file.ReadExactlyAsync(bytes, ct);
            yield return keyring.Node.Open(bytes, Place(job, input, number));
        }
    }

    private string FolderOf(string job) => Path.Combine(options.SpoolFolder, job);

    private string PathOf(string job, int input) => Path.Combine(FolderOf(job), $"{input}.sealed");

    private static byte[] Place(string job, int input, int frame) => Encoding.UTF8.GetBytes($"import|{job}|{input}|{frame}");
}
