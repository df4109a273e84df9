using System.Buffers;
using System.IO.Pipelines;

namespace Health.Hl7v2.Mllp;

/// <summary>
/// Cuts a byte stream into MLLP frames: 0x0B, body, 0x1C, 0x0D. Frames may be split or joined by packets in any way. Whatever stands
/// before a start block is skipped and counted. Each byte is looked at once; at most <paramref name="maxBytes"/> of a body are held.
/// </summary>
public sealed class MllpDecoder(PipeReader reader, int maxBytes)
{
    private const int MostJunk = 64 * 1024;

    /// <summary>Bytes skipped before start blocks so far.</summary>
    public long Skipped { get; private set; }

    /// <summary>
    /// Asked once a body grows beyond <see cref="LargeBytes"/>, and awaited before more of it is read: a place to bound the memory of many connections.
    /// </summary>
    public Func<CancellationToken, Task>? OnLarge { get; init; }

    public int LargeBytes { get; init; } = 1024 * 1024;

    /// <summary>The next frame.</summary>
    public async ValueTask<MllpFrame> Read(CancellationToken ct) => await SkipToStart(ct) is { } end ? end : await ReadBody(ct);

    /// <summary>Waits for a start block and consumes it; null then. Otherwise the frame that says why there is none.</summary>
    public async ValueTask<MllpFrame?> SkipToStart(CancellationToken ct)
    {
        var junk = 0L;
        while (true)
        {
            var result = await reader.ReadAsync(ct);
            var buffer = result.Buffer;
            if (buffer.PositionOf(MllpBlock.Start) is { } start)
            {
                Skipped += buffer.Slice(0, start).Length;
                reader.AdvanceTo(buffer.GetPosition(1, start));
                return null;
            }

            Skipped += buffer.Length;
            junk += buffer.Length;
            reader.AdvanceTo(buffer.End);
            if (junk > MostJunk) return new MllpFrame(MllpFrameKind.Broken, [], $"No start block (0x0B) in {junk} bytes.");
            if (result.IsCompleted) return new MllpFrame(MllpFrameKind.End, []);
        }
    }

    /// <summary>Reads on from a start block to the end of its frame.</summary>
    public async ValueTask<MllpFrame> ReadBody(CancellationToken ct)
    {
        var looked = 0L;
        var isLarge = false;
        while (true)
        {
            var result = await reader.ReadAsync(ct);
            var buffer = result.Buffer;
            if (buffer.Slice(looked).PositionOf(MllpBlock.End) is { } end)
            {
                var body = buffer.Slice(0, end);
                if (body.Length > maxBytes) return TooLarge(buffer);
                var after = buffer.Slice(buffer.GetPosition(1, end));
                if (!after.IsEmpty) return Complete(body, after);
                looked = body.Length;
            }
            else
            {
                looked = buffer.Length;
            }

            if (looked > maxBytes) return TooLarge(buffer);
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted) return new MllpFrame(MllpFrameKind.Broken, [], $"The connection ended inside a frame, after {looked} bytes.");
            if (isLarge || looked <= LargeBytes || OnLarge is null) continue;
            isLarge = true;
            await OnLarge(ct);
        }
    }

    private MllpFrame Complete(ReadOnlySequence<byte> body, ReadOnlySequence<byte> after)
    {
        if (after.FirstSpan[0] != MllpBlock.CarriageReturn)
        {
            reader.AdvanceTo(after.Start);
            return new MllpFrame(MllpFrameKind.Broken, [], "The end block (0x1C) is not followed by a carriage return (0x0D).");
        }

        var bytes = body.ToArray();
        reader.AdvanceTo(after.GetPosition(1));
        return new MllpFrame(MllpFrameKind.Message, bytes);
    }

    private MllpFrame TooLarge(ReadOnlySequence<byte> buffer)
    {
        reader.AdvanceTo(buffer.End);
        return new MllpFrame(MllpFrameKind.TooLarge, [], $"The message is longer than {maxBytes} bytes.");
    }
}
