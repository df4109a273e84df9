using System.Diagnostics;
using System.Net.Sockets;

namespace Health.Simulators.Hospital.Mllp;

/// <summary>What goes wrong on purpose, once per message.</summary>
public sealed record Faults(bool DropAcknowledgement = false, bool CloseMidFrame = false, bool SendTwice = false);

/// <summary>
/// Sends the way a careful hospital does: one message in flight on a connection, MSA-2 must name it, and what was not acknowledged is sent
/// again on a new connection, unchanged.
/// </summary>
public sealed class MllpSender(TimeProvider clock, Journal journal)
{
    private const int MaxAttempts = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private delegate Task<string> Act(NetworkStream stream, OutgoingMessage message, List<Acknowledgement> acknowledgements, CancellationToken ct);

    public async Task<JournalEntry> Send(string name, OutgoingMessage message, string host, int port, Faults? faults, CancellationToken ct)
    {
        var attempts = new List<Attempt>();
        var planned = faults ?? new Faults();
        if (planned.CloseMidFrame) attempts.Add(await Try(message, host, port, Cut, ct));
        if (planned.DropAcknowledgement) attempts.Add(await Try(message, host, port, Drop, ct));
        for (var left = MaxAttempts; left > 0 && !attempts.Exists(attempt => attempt.Outcome == "acknowledged"); left--)
            attempts.Add(await Try(message, host, port, planned.SendTwice ? ExchangeTwice : Exchange, ct));
        return journal.Add(name, message, $"{host}:{port}", attempts);
    }

    private async Task<Attempt> Try(OutgoingMessage message, string host, int port, Act act, CancellationToken ct)
    {
        var at = clock.GetUtcNow();
        var watch = Stopwatch.GetTimestamp();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        var acknowledgements = new List<Acknowledgement>();
        string outcome;
        try
        {
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(host, port, patience.Token);
            outcome = await act(client.GetStream(), message, acknowledgements, patience.Token);
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            outcome = e is SocketException ? "unreachable" : "lost";
        }

        return new Attempt(at, outcome, acknowledgements, Stopwatch.GetElapsedTime(watch).TotalMilliseconds);
    }

    private static async Task<string> Exchange(NetworkStream stream, OutgoingMessage message, List<Acknowledgement> acknowledgements, CancellationToken ct)
    {
        await stream.WriteAsync(Frame.Wrap(message.Bytes), ct);
        return await Receive(stream, message, acknowledgements, ct);
    }

    /// <summary>Two copies in one write: the second answer must repeat the first.</summary>
    private static async Task<string> ExchangeTwice(NetworkStream stream, OutgoingMessage message, List<Acknowledgement> acknowledgements, CancellationToken ct)
    {
        var frame = Frame.Wrap(message.Bytes);
        byte[] both = [.. frame, .. frame];
        await stream.WriteAsync(both, ct);
        var first = await Receive(stream, message, acknowledgements, ct);
        return first == "acknowledged" ? await Receive(stream, message, acknowledgements, ct) : first;
    }

    private static async Task<string> Drop(NetworkStream stream, OutgoingMessage message, List<Acknowledgement> acknowledgements, CancellationToken ct)
    {
        await stream.WriteAsync(Frame.Wrap(message.Bytes), ct);
        return "dropped";
    }

    private static async Task<string> Cut(NetworkStream stream, OutgoingMessage message, List<Acknowledgement> acknowledgements, CancellationToken ct)
    {
        var frame = Frame.Wrap(message.Bytes);
        await stream.WriteAsync(frame.AsMemory(0, frame.Length / 2), ct);
        return "cut";
    }

    private static async Task<string> Receive(NetworkStream stream, OutgoingMessage message, List<Acknowledgement> acknowledgements, CancellationToken ct)
    {
        if (await Frame.Read(stream, ct) is not { } body) return "lost";
        var acknowledgement = Acknowledgement.Parse(OutgoingMessage.EncodingOf(message.Charset).GetString(body));
        acknowledgements.Add(acknowledgement);
        return acknowledgement.ControlId == message.ControlId ? "acknowledged" : "mismatch";
    }
}
