using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Health.Cards;

namespace Health.CardAgent.Chips;

/// <summary>
/// The chip on a reader of vpcd: TCP client of the driver, frames of a 2-byte length and a payload; a payload of one byte is control (0 off,
/// 1 on, 2 reset, 4 ATR) and only ATR is answered. Connected means inserted.
/// </summary>
/// <param name="port">Reader 0 is 35963, reader 1 is 35964.</param>
/// <param name="delay">Time of a real chip per command; zero for none.</param>
public sealed class VpcdChip(int port, TimeSpan delay, TimeProvider time) : IVirtualChip, IAsyncDisposable
{
    // pcscd looks every 400 ms: a card that is away for less than a second can jam the reader (0x8010000C).
    private static readonly TimeSpan ShortestAbsence = TimeSpan.FromSeconds(1);
    private const int TcpLevel = 6, TcpQuickAck = 12;

    private readonly SemaphoreSlim turn = new(1, 1);
    private Socket? socket;
    private Task serving = Task.CompletedTask;
    private long? removedAt;

    public bool Present => socket is not null && !serving.IsCompleted;

    public VirtualCard? Card { get; private set; }

    public async Task Insert(string imagePath, CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            await TakeOut();
            if (removedAt is { } at && ShortestAbsence - time.GetElapsedTime(at) is { Ticks: > 0 } rest) await Task.Delay(rest, time, ct);
            var card = ChipFile.Open(imagePath);
            var connected = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await connected.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), ct);
            }
            catch
            {
                connected.Dispose();
                throw;
            }
            (Card, socket) = (card, connected);
            serving = Task.Run(() => Serve(connected, card), CancellationToken.None);
        }
        finally
        {
            turn.Release();
        }
    }

    public async Task Remove(CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            await TakeOut();
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await TakeOut();
        turn.Dispose();
    }

    private async Task TakeOut()
    {
        if (socket is null) return;
        socket.Dispose();
        await serving;
        socket = null;
    }

    private async Task Serve(Socket connected, VirtualCard card)
    {
        try
        {
            var length = new byte[2];
            while (await Receive(connected, length))
            {
                var payload = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                if (!await Receive(connected, payload)) return;
                if (payload.Length == 1)
                {
                    if (payload[0] == 4) await Send(connected, card.Atr);
                    else card.Reset();
                    continue;
                }
                if (delay > TimeSpan.Zero) await Task.Delay(delay, time);
                var answer = card.Transmit(payload);
                if (answer.Torn)
                {
                    if (answer.Bytes.Length > 0) await connected.SendAsync(Frame(answer.Bytes, missing: 1));
                    return;
                }
                await Send(connected, answer.Bytes);
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The driver stopped or the chip was taken out: both are a removal.
        }
        finally
        {
            connected.Dispose();
            removedAt = time.GetTimestamp();
        }
    }

    // vpcd writes length and body in two sends: without a quick acknowledgement each costs a delayed ACK of 40 ms.
    private static async Task<bool> Receive(Socket connected, Memory<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            connected.SetRawSocketOption(TcpLevel, TcpQuickAck, BitConverter.GetBytes(1));
            var count = await connected.ReceiveAsync(buffer);
            if (count == 0) return false;
            buffer = buffer[count..];
        }
        return true;
    }

    private static async Task Send(Socket connected, byte[] payload) => await connected.SendAsync(Frame(payload));

    private static byte[] Frame(byte[] payload, int missing = 0)
    {
        var frame = new byte[2 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)(payload.Length + missing));
        payload.CopyTo(frame, 2);
        return frame;
    }
}
