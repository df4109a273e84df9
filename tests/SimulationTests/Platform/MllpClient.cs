using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Health.SimulationTests.Platform;

/// <summary>A hospital's end of MLLP, written for the tests alone: one message in flight, the answer matched by MSA-2.</summary>
public sealed class MllpClient(int port, IPAddress? from = null) : IDisposable
{
    private const byte StartBlock = 0x0B, EndBlock = 0x1C, CarriageReturn = 0x0D;
    private TcpClient? connection;

    /// <summary>Sends and waits for the acknowledgement's text.</summary>
    /// <exception cref="IOException">The connection broke or the answer did not come in time: nothing is known about the message.</exception>
    public async Task<string> Send(byte[] message, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            connection ??= await Connect(limit.Token);
            var stream = connection.GetStream();
            await stream.WriteAsync((byte[])[StartBlock, .. message, EndBlock, CarriageReturn], limit.Token);
            return await ReadFrame(stream, limit.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            Dispose();
            throw new IOException("No acknowledgement.", e);
        }
    }

    public Task<string> Send(string message, CancellationToken ct) => Send(Encoding.UTF8.GetBytes(message), ct);

    public void Dispose()
    {
        connection?.Dispose();
        connection = null;
    }

    private async Task<TcpClient> Connect(CancellationToken ct)
    {
        var client = new TcpClient(new IPEndPoint(from ?? IPAddress.Loopback, 0)) { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port, ct);
        return client;
    }

    private static async Task<string> ReadFrame(NetworkStream stream, CancellationToken ct)
    {
        var frame = new List<byte>();
        var buffer = new byte[4096];
        while (frame.Count < 2 || frame[^2] != EndBlock || frame[^1] != CarriageReturn)
        {
            var count = await stream.ReadAsync(buffer, ct);
            if (count == 0) throw new IOException("Closed before the acknowledgement.");
            frame.AddRange(buffer.AsSpan(0, count));
        }

        return Encoding.UTF8.GetString([.. frame[1..^2]]);
    }
}
