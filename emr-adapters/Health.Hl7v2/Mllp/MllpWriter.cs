using System.Buffers;

namespace Health.Hl7v2.Mllp;

/// <summary>Puts a message into an MLLP frame, the same in both releases.</summary>
public static class MllpWriter
{
    public static void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> body)
    {
        writer.Write([MllpBlock.Start]);
        writer.Write(body);
        writer.Write([MllpBlock.End, MllpBlock.CarriageReturn]);
    }

    public static byte[] Frame(ReadOnlySpan<byte> body) => [MllpBlock.Start, .. body, MllpBlock.End, MllpBlock.CarriageReturn];

    /// <summary>The commit block of release 2: stored, or not stored.</summary>
    public static byte[] Commit(bool stored) => Frame([stored ? MllpBlock.Stored : MllpBlock.NotStored]);
}
