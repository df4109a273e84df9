namespace Health.Simulators.Hospital.Mllp;

/// <summary>The minimal lower layer protocol: 0x0B, the message, 0x1C 0x0D.</summary>
internal static class Frame
{
    private const byte Start = 0x0B, End = 0x1C, CarriageReturn = 0x0D;
    private const int MaxAcknowledgementBytes = 1 << 20;

    public static byte[] Wrap(ReadOnlySpan<byte> message)
    {
        var frame = new byte[message.Length + 3];
        frame[0] = Start;
        message.CopyTo(frame.AsSpan(1));
        frame[^2] = End;
        frame[^1] = CarriageReturn;
        return frame;
    }

    /// <summary>The next framed message of the stream; null when the other side hung up before it was complete.</summary>
    public static async Task<byte[]?> Read(Stream stream, CancellationToken ct)
    {
        var body = new List<byte>();
        var one = new byte[1];
        var inside = false;
        while (await stream.ReadAsync(one, ct) == 1)
        {
            if (!inside) inside = one[0] == Start;
            else if (body.Count > 0 && one[0] == CarriageReturn && body[^1] == End) return [.. body.Take(body.Count - 1)];
            else if (body.Count == MaxAcknowledgementBytes) throw new InvalidDataException("The acknowledgement is longer than 1 MiB.");
            else body.Add(one[0]);
        }

        return null;
    }
}
