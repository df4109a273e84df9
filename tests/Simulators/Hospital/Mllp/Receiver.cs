using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Health.Simulators.Hospital.Mllp;

/// <summary>How the next messages are answered.</summary>
/// <param name="Answer">A code (AA, AE, AR, CA, CE, CR); <c>silence</c> (never), <c>late</c> (AA after Milliseconds), <c>wrong-id</c> (AA for another message), <c>close</c> (hangs up), <c>garbage</c> (no HL7).</param>
/// <param name="Count">For how many messages.</param>
public sealed record Behaviour(string Answer, int Count = 1, int Milliseconds = 0)
{
    public static readonly string[] Answers = ["AA", "AE", "AR", "CA", "CE", "CR", "silence", "late", "wrong-id", "close", "garbage"];
}

/// <param name="Connection">Number of the connection it came on.</param>
/// <param name="Accepted">Whether it was kept: answered AA or CA.</param>
public sealed record ReceivedMessage(long Number, DateTimeOffset At, long Connection, string ControlId, string Text, string Base64, string Answered, bool Accepted);

/// <summary>The receiving side of a hospital: takes messages over MLLP, keeps all of them, and answers as it is told.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly TcpListener listener;
    private readonly TimeProvider clock;
    private readonly string charset;
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Behaviour> planned = [];
    private readonly ConcurrentQueue<ReceivedMessage> received = new();
    private readonly ConcurrentDictionary<TcpClient, byte> clients = new();
    private readonly Task accepting;
    private long number, connections;

    public Receiver(int port, string charset, TimeProvider clock)
    {
        (this.charset, this.clock) = (charset, clock);
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = Accept();
    }

    public int Port { get; }

    public IReadOnlyList<ReceivedMessage> Received => [.. received];

    /// <summary>Whom queries (QBP) are answered about.</summary>
    public IReadOnlyList<Messages.Person> People { get; set; } = [];

    /// <summary>What comes after is answered with AA, or CA in enhanced mode.</summary>
    public void Plan(IEnumerable<Behaviour> behaviours)
    {
        lock (planned) planned.AddRange(behaviours);
    }

    public void Forget()
    {
        lock (planned) planned.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        foreach (var client in clients.Keys) client.Dispose();
        await accepting;
        stopping.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stopping.Token);
                clients[client] = 0;
                _ = Converse(client, Interlocked.Increment(ref connections));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task Converse(TcpClient client, long connection)
    {
        try
        {
            using (client)
                while (await Frame.Read(client.GetStream(), stopping.Token) is { } body)
                    if (!await Answer(client.GetStream(), body, connection)) break;
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidDataException)
        {
            // The other side hung up, or this one was closed.
        }
        finally
        {
            clients.TryRemove(client, out _);
        }
    }

    private async Task<bool> Answer(NetworkStream stream, byte[] body, long connection)
    {
        var message = OutgoingMessage.FromBytes(body, charset);
        var behaviour = Take();
        var code = behaviour.Answer is { Length: 2 } told ? told : Fields(message.Text, 0) is var header && header.Length > 14 && header[14].Length > 0 ? "CA" : "AA";
        var isAccepted = behaviour.Answer is "AA" or "CA" or "late" or "";
        received.Enqueue(new ReceivedMessage(
            Interlocked.Increment(ref number), clock.GetUtcNow(), connection, message.ControlId, message.Text, Convert.ToBase64String(body), behaviour.Answer is "" ? code : behaviour.Answer, isAccepted));
        switch (behaviour.Answer)
        {
            case "close":
                return false;
            case "silence":
                return true;
            case "garbage":
                await stream.WriteAsync(Frame.Wrap("no message at all"u8), stopping.Token);
                return true;
            case "late":
                await Task.Delay(TimeSpan.FromMilliseconds(behaviour.Milliseconds), clock, stopping.Token);
                break;
        }

        var reply = Queries.Is(message.Text)
            ? Queries.Answer(message, People)
            : $"MSH|^~\\&|||||{Fields(message.Text, 0)[6]}||ACK|A{number}|P|2.5.1\rMSA|{code}|{(behaviour.Answer == "wrong-id" ? "another" : message.ControlId)}\r";
        await stream.WriteAsync(Frame.Wrap(OutgoingMessage.EncodingOf(charset).GetBytes(reply)), stopping.Token);
        return true;
    }

    private static string[] Fields(string text, int segment) => text.Split('\r')[segment].Split('|');

    private Behaviour Take()
    {
        lock (planned)
        {
            if (planned.Count == 0) return new Behaviour("");
            var first = planned[0];
            if (first.Count > 1) planned[0] = first with { Count = first.Count - 1 };
            else planned.RemoveAt(0);
            return first;
        }
    }
}
