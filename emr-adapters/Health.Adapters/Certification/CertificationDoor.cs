using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;

namespace Health.Adapters.Certification;

/// <summary>
/// An MLLP listener for a dry run: it answers every message and stores none. Of the first messages the answer is kept back once and the
/// connection closed, as when it is lost on the way: an honest sender sends the same bytes again.
/// </summary>
public sealed class CertificationDoor(Certifier certifier, TimeProvider time) : IDisposable
{
    private const int Withheld = 3, MaxBytes = 20 * 1024 * 1024;
    private readonly Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly Lock turn = new();
    private readonly Dictionary<string, byte[]> keptBack = new(StringComparer.Ordinal);
    private int taken, withheld;

    /// <summary>Begins to listen.</summary>
    /// <param name="address">Loopback, or an address of an isolated network.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <returns>The port.</returns>
    public int Listen(IPAddress address, int port)
    {
        listener.Bind(new IPEndPoint(address, port));
        listener.Listen();
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    /// <summary>Takes messages until so many have been answered, or until <paramref name="ct"/> ends the run; what came until then counts.</summary>
    public async Task Run(int count, CancellationToken ct)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        List<Task> connections = [];
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(enough.Token);
                connections.Add(Serve(socket, count, enough));
            }
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            await Task.WhenAll(connections);
        }

        foreach (var controlId in keptBack.Keys) certifier.Resent(controlId, isSame: false);
    }

    public void Dispose() => listener.Dispose();

    private async Task Serve(Socket socket, int count, CancellationTokenSource enough)
    {
        using (socket)
        {
            await using var stream = new NetworkStream(socket);
            var decoder = new MllpDecoder(PipeReader.Create(stream), MaxBytes);
            try
            {
                while (await decoder.Read(enough.Token) is { Kind: MllpFrameKind.Message } frame)
                {
                    if (Answer(frame.Body) is not { } answer) return;
                    await stream.WriteAsync(MllpWriter.Frame(answer), CancellationToken.None);
                    if (Interlocked.Increment(ref taken) >= count) await enough.CancelAsync();
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // The run is over, or the hospital hung up: what it sent until then has been judged.
                return;
            }
        }
    }

    /// <summary>Null: the answer is kept back and the connection closes.</summary>
    private byte[]? Answer(byte[] body)
    {
        var read = Hl7Message.Read(body);
        using var message = read.Message;
        lock (turn)
        {
            if (message is { ControlId.Length: > 0 } known)
            {
                if (keptBack.Remove(known.ControlId, out var before)) certifier.Resent(known.ControlId, before.AsSpan().SequenceEqual(body));
                else if (withheld < Withheld)
                {
                    withheld++;
                    keptBack[known.ControlId] = body;
                    return null;
                }
            }

            certifier.Take(body, $"message {taken + 1}");
        }

        return message is null ? AckBuilder.Unreadable(NewControlId(), time.GetUtcNow(), read.Diagnostics) : AckBuilder.Build(message, Accepted(message), NewControlId(), time.GetUtcNow(), []);
    }

    /// <summary>Whatever the sender asks for: in a dry run it is always answered.</summary>
    private static Hl7AckCode Accepted(Hl7Message message) => AckBuilder.CodeFor(message, Hl7AckOutcome.Accepted) ?? Hl7AckCode.AA;

    private static string NewControlId() => Guid.NewGuid().ToString("N")[..20];
}
