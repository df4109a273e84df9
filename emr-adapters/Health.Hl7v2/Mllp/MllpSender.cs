using System.IO.Pipelines;
using System.Net.Sockets;

namespace Health.Hl7v2.Mllp;

/// <summary>The acknowledgement of one message.</summary>
/// <param name="Code">MSA-1 as it came, e.g. <c>AA</c>.</param>
public sealed record MllpReply(string Code, byte[] Bytes)
{
    public bool IsAccepted => Code is "AA" or "CA";
}

/// <summary>
/// Sends messages one by one over one connection, kept open and opened anew after a failure. A reply counts only when its MSA-2 is the
/// control id that was sent: after a timeout or a foreign reply the socket is closed, so that a late answer never meets the next message.
/// With <see cref="Commits"/> it speaks release 2: the receiver's commit block is waited for, and its reply is committed.
/// </summary>
public sealed class MllpSender(string host, int port, TimeSpan timeout, TimeProvider time, int maxReplyBytes = 1024 * 1024) : IAsyncDisposable
{
    private readonly SemaphoreSlim turn = new(1, 1);
    private TcpClient? client;
    private MllpDecoder? decoder;

    /// <summary>Wraps the connection, e.g. into TLS; none by default.</summary>
    public Func<Stream, CancellationToken, Task<Stream>>? Secure { get; init; }

    /// <summary>MLLP release 2 in place of release 1.</summary>
    public bool Commits { get; init; }

    /// <summary>How often a message the receiver could not store is sent again on one connection.</summary>
    private const int MostResends = 3;

    private Stream? stream;

    /// <summary>Sends one message (without framing) and waits for its acknowledgement.</summary>
    /// <exception cref="MllpException">Not delivered as far as this side knows: sending the same bytes again is safe and right.</exception>
    public async Task<MllpReply> Send(ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        var read = Hl7Message.Read(message).Message ?? throw new ArgumentException("Not an HL7 message.", nameof(message));
        var controlId = read.ControlId;
        read.Dispose();
        await turn.WaitAsync(ct);
        try
        {
            using var limit = new CancellationTokenSource(timeout, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
            return await Exchange(message, controlId, both.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            await Close();
            ct.ThrowIfCancellationRequested();
            throw e as MllpException ?? new MllpException(e is OperationCanceledException ? $"No acknowledgement within {timeout.TotalSeconds:0} s." : e.Message, e);
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Close();
        turn.Dispose();
    }

    private async Task<MllpReply> Exchange(ReadOnlyMemory<byte> message, string controlId, CancellationToken ct)
    {
        await Connect(ct);
        await Write(MllpWriter.Frame(message.Span), ct);
        var frame = Commits ? await ReplyAfterCommit(message, ct) : await decoder!.Read(ct);
        if (frame.Kind != MllpFrameKind.Message) throw new MllpException(frame.Problem ?? "The connection was closed without an acknowledgement.");
        using var reply = Hl7Message.Read(frame.Body).Message ?? throw new MllpException("The answer is not an HL7 message.");
        if ((reply.Get("MSA-2") ?? "") != controlId) throw new MllpException("The answer acknowledges another message.");
        if (Commits) await Write(MllpWriter.Commit(stored: true), ct);
        return new MllpReply(reply.Get("MSA-1") ?? "", frame.Body);
    }

    /// <summary>The first frame that is no commit block. A message refused by one is sent again, a few times.</summary>
    private async Task<MllpFrame> ReplyAfterCommit(ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        for (var resends = 0; ;)
        {
            var frame = await decoder!.Read(ct);
            if (frame.Commit is not { } stored) return frame;
            if (stored) continue;
            if (++resends > MostResends) throw new MllpException($"The receiver could not store the message, {MostResends + 1} times.");
            await Write(MllpWriter.Frame(message.Span), ct);
        }
    }

    private async Task Write(byte[] frame, CancellationToken ct)
    {
        await stream!.WriteAsync(frame, ct);
        await stream.FlushAsync(ct);
    }

    private async Task Connect(CancellationToken ct)
    {
        if (stream is not null) return;
        client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(host, port, ct);
        stream = Secure is null ? client.GetStream() : await Secure(client.GetStream(), ct);
        decoder = new MllpDecoder(PipeReader.Create(stream), maxReplyBytes);
    }

    private async Task Close()
    {
        if (stream is not null) await stream.DisposeAsync();
        client?.Dispose();
        client = null;
        stream = null;
        decoder = null;
    }
}
