using System.Net.Sockets;

namespace Health.Benchmarks;

/// <summary>
/// One MLLP connection over a blocking socket, one message in flight: as <see cref="RawHttp"/> it does nothing that a message does not need,
/// because it shares the two cores with what it measures.
/// </summary>
public sealed class MllpSocket : IDisposable
{
    private const byte StartBlock = 0x0B, EndBlock = 0x1C, CarriageReturn = 0x0D;
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 120_000 };
    private byte[] frame = new byte[8 * 1024];
    private readonly byte[] answer = new byte[8 * 1024];

    public MllpSocket(int port) => socket.Connect("127.0.0.1", port);

    /// <summary>True when the answer is AA. The message is one without framing.</summary>
    /// <exception cref="SocketException">No answer within two minutes.</exception>
    public bool Send(ReadOnlySpan<byte> message)
    {
        if (frame.Length < message.Length + 3) frame = new byte[message.Length + 3];
        frame[0] = StartBlock;
        message.CopyTo(frame.AsSpan(1));
        (frame[message.Length + 1], frame[message.Length + 2]) = (EndBlock, CarriageReturn);
        ReadOnlySpan<byte> rest = frame.AsSpan(0, message.Length + 3);
        while (!rest.IsEmpty) rest = rest[socket.Send(rest)..];
        return Answer().IndexOf("MSA|AA|"u8) > 0;
    }

    public void Dispose() => socket.Dispose();

    private ReadOnlySpan<byte> Answer()
    {
        var filled = 0;
        while (filled < 2 || answer[filled - 2] != EndBlock || answer[filled - 1] != CarriageReturn)
        {
            var count = socket.Receive(answer.AsSpan(filled));
            if (count == 0) throw new IOException("The platform closed the connection.");
            filled += count;
        }

        return answer.AsSpan(1, filled - 3);
    }
}
