using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Health.Adapters.Acknowledging;
using Health.Adapters.Inbox;
using Health.Adapters.Sources;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;
using Microsoft.Extensions.Logging;

namespace Health.Adapters.Listening;

/// <summary>
/// One connection: a message is read, stored and answered before the next is looked at. When a message could not be stored the connection
/// is closed without an answer: a missing answer is understood by every sender, and it sends again. In release 2 (<see cref="Commits"/>) a commit
/// block tells, before the HL7 acknowledgement, whether the message is stored, and one of the peer whether it holds what was said to it; the next thing is said
/// only then.
/// </summary>
internal sealed class MllpConnection(
    Socket socket, IPAddress address, AdapterSettings settings, TlsSettings? tls, SourceRegistry sources, Intake intake, ReturnPaths paths, LargePlaces large, Complaints complaints, TimeProvider time, ILogger log)
    : IReturnPath
{
    /// <summary>Held from receipt to answer, so that an application acknowledgement never overtakes the commit acknowledgement.</summary>
    private readonly Turn speaking = new();
    private Stream? open;
    private SourceProfile? certified;
    private bool holdsLarge;
    private Action? stopReadTime, resumeReadTime;

    /// <summary>Line ends and zeros that senders put between frames, and nobody needs to hear of.</summary>
    private const int MostFiller = 4;

    /// <summary>Bytes outside frames so far.</summary>
    private long skipped;

    /// <summary>Release 2: what was said last and is not committed, how often it was said again, and what is to be said after it.</summary>
    private Block? uncommitted;
    private int repeats;
    private readonly Queue<Block> unsaid = new();

    /// <param name="Committed">Whoever waits for the peer to hold it; false when the connection ends before.</param>
    private sealed record Block(byte[] Message, TaskCompletionSource<bool>? Committed);

    /// <summary>MLLP release 2 in place of release 1.</summary>
    public bool Commits { get; init; }

    /// <summary>How often something the peer could not store is said again.</summary>
    private const int MostRepeats = 3;

    /// <summary>A peer that commits nothing and goes on sending is owed no more than this.</summary>
    private const int MostUnsaid = 64;

    public async Task Serve(CancellationToken stopping)
    {
        try
        {
            await using var plain = new NetworkStream(socket, ownsSocket: true);
            if (tls is null)
            {
                await Converse(plain, stopping);
                return;
            }

            await using var secured = new SslStream(plain);
            if (await Authenticate(secured, tls, stopping)) await Converse(secured, stopping);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
        {
            complaints.Say(e.GetType().Name, $"An MLLP connection ended: {(e is InboxUnavailableException ? "the inbox is not available." : e.GetType().Name)}");
        }
        catch (OperationCanceledException)
        {
            if (!stopping.IsCancellationRequested) complaints.Say("slow", "An MLLP connection was closed: silent too long, or too slow with a message or with taking its answer.");
        }
        catch (Exception e)
        {
            log.LogError(e, "An MLLP connection failed and was closed without an answer.");
        }
        finally
        {
            paths.Close(this);
            ReleaseLarge();
        }
    }

    /// <inheritdoc/>
    public async Task<bool> TryGive(byte[] message, CancellationToken ct)
    {
        // Written is not given: in release 2 the peer says whether it holds it.
        var committed = Commits ? new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously) : null;
        return await TrySay(message, committed, ct) && (committed is null || await IsCommitted(committed.Task, ct));
    }

    private async Task<bool> IsCommitted(Task<bool> committed, CancellationToken ct)
    {
        try
        {
            return await committed.WaitAsync(settings.ReadTimeout, time, ct);
        }
        catch (TimeoutException)
        {
            complaints.Say("not-committed", "An MLLP connection is closed: its peer committed neither yes nor no.");
            socket.Dispose();
            return false;
        }
    }

    private async Task<bool> TrySay(byte[] message, TaskCompletionSource<bool>? committed, CancellationToken ct)
    {
        await speaking.Take(ct);
        try
        {
            if (open is not { } stream) return false;
            await Say(stream, new Block(message, committed), ct);
            return true;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            // Half a message may be out: nothing may follow it.
            open = null;
            socket.Dispose();
            return false;
        }
        finally
        {
            speaking.Give();
        }
    }

    private async Task Converse(Stream stream, CancellationToken stopping)
    {
        var decoder = new MllpDecoder(PipeReader.Create(stream), settings.MaxMessageBytes) { OnLarge = TakeLarge };
        open = stream;
        try
        {
            for (var silence = settings.FirstMessageTimeout; await Exchange(stream, decoder, silence, stopping); silence = settings.IdleTimeout) { }
        }
        finally
        {
            await speaking.Take(CancellationToken.None);
            open = null;
            uncommitted?.Committed?.TrySetResult(false);
            foreach (var block in unsaid) block.Committed?.TrySetResult(false);
            speaking.Give();
        }
    }

    /// <summary>One message and its answer. False when the connection ends.</summary>
    private async Task<bool> Exchange(Stream stream, MllpDecoder decoder, TimeSpan silence, CancellationToken stopping)
    {
        var frame = await Within(silence, decoder.SkipToStart, stopping)
            ?? await ReadBody(decoder, stopping);
        var passedOver = decoder.Skipped - skipped;
        skipped = decoder.Skipped;
        if (passedOver > MostFiller)
        {
            complaints.Say("unframed", "Bytes outside an MLLP frame (before 0x0B) were passed over: a message without its frame is not taken.");
        }

        if (frame.Kind == MllpFrameKind.End) return false;
        await speaking.Take(stopping);
        try
        {
            if (Commits && frame.Commit is { } stored) return await HearCommit(stream, stored, stopping);
            var reply = frame.Kind switch
            {
                MllpFrameKind.Message => await Receive(stream, frame.Body, stopping),
                MllpFrameKind.TooLarge => Refuse(Hl7ErrorCode.ValueTooLong, frame.Problem!),
                _ => null,
            };
            ReleaseLarge();
            if (reply is not null) await Say(stream, new Block(reply, null), stopping);
        }
        finally
        {
            speaking.Give();
        }

        if (frame.Kind == MllpFrameKind.Message) return true;
        complaints.Say(frame.Kind.ToString(), $"An MLLP connection is closed: {frame.Problem}");
        return false;
    }

    /// <summary>Within the read time, in which the wait for a place does not count.</summary>
    private async Task<MllpFrame> ReadBody(MllpDecoder decoder, CancellationToken stopping)
    {
        using var timer = new ReadTime(settings.ReadTimeout, time);
        (stopReadTime, resumeReadTime) = (timer.Pause, timer.Resume);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping, timer.Token);
        return await decoder.ReadBody(both.Token);
    }

    /// <summary>Once read, a message is stored and answered even when the platform begins to stop. Null: there is nothing to answer.</summary>
    private async Task<byte[]?> Receive(Stream stream, byte[] body, CancellationToken stopping)
    {
        try
        {
            var ack = (await intake.Receive(body, new IntakeDoor(Allows, this, Refuses: source => DoorRules.WrongDoor(source, "mllp", isPlain: tls is null)), CancellationToken.None)).Ack;
            if (Commits) await Write(stream, MllpWriter.Commit(stored: true), stopping);
            return ack;
        }
        catch (InboxUnavailableException) when (Commits)
        {
            complaints.Say("not-stored", "A message was not stored, its sender was told so: the inbox is not available.");
            await Write(stream, MllpWriter.Commit(stored: false), stopping);
            return null;
        }
    }

    /// <summary>The peer holds what was said last, and hears the next; or it wants it again. False when it has wanted it too often.</summary>
    private async Task<bool> HearCommit(Stream stream, bool stored, CancellationToken stopping)
    {
        if (uncommitted is not { } said) return true;
        if (stored)
        {
            uncommitted = null;
            said.Committed?.TrySetResult(true);
            if (unsaid.TryDequeue(out var next)) await Say(stream, next, stopping);
            return true;
        }

        if (++repeats > MostRepeats)
        {
            complaints.Say("uncommitted", $"An MLLP connection is closed: its peer could not store an answer, {MostRepeats + 1} times.");
            return false;
        }

        await Write(stream, MllpWriter.Frame(said.Message), stopping);
        return true;
    }

    /// <summary>In release 2 one thing is said after the commit of the other, so that it is clear what a commit is about.</summary>
    private async Task Say(Stream stream, Block block, CancellationToken stopping)
    {
        if (Commits && uncommitted is not null)
        {
            if (unsaid.Count >= MostUnsaid) throw new IOException("The peer commits no answer.");
            unsaid.Enqueue(block);
            return;
        }

        if (Commits) (uncommitted, repeats) = (block, 0);
        await Write(stream, MllpWriter.Frame(block.Message), stopping);
    }

    private async Task Write(Stream stream, byte[] frame, CancellationToken stopping) =>
        await Within(settings.ReadTimeout, async ct => { await stream.WriteAsync(frame, ct); return true; }, stopping);

    /// <summary>Over TLS the certificate says who sends; a message of another source is not theirs.</summary>
    private bool Allows(SourceProfile source) =>
        // A profile may have got another certificate since this connection was opened.
        tls is null || (source.Id == certified?.Id && string.Equals(source.ClientCertificate, certified.ClientCertificate, StringComparison.OrdinalIgnoreCase));

    private async Task<bool> Authenticate(SslStream stream, TlsSettings offered, CancellationToken stopping)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificate = offered.Certificate,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            // The certificate itself is registered with the source: no authority vouches for it and none can forge it.
            RemoteCertificateValidationCallback = (_, certificate, _, _) => (certified = SourceOf(certificate)) is not null,
        };
        await Within(settings.ReadTimeout, async ct => { await stream.AuthenticateAsServerAsync(options, ct); return true; }, stopping);
        return certified is not null;
    }

    private SourceProfile? SourceOf(X509Certificate? certificate)
    {
        if (certificate is null) return null;
        var hash = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        return sources.All.FirstOrDefault(source => string.Equals(source.ClientCertificate, hash, StringComparison.OrdinalIgnoreCase));
    }

    private byte[] Refuse(string code, string problem) => AckBuilder.Unreadable("0", time.GetUtcNow(), [Hl7Diagnostic.Error("MSH", code, problem)]);

    private async Task TakeLarge(CancellationToken ct)
    {
        stopReadTime?.Invoke();
        await large.Take(address, ct);
        holdsLarge = true;
        resumeReadTime?.Invoke();
    }

    private void ReleaseLarge()
    {
        if (!holdsLarge) return;
        holdsLarge = false;
        large.Give(address);
    }

    private async Task<T> Within<T>(TimeSpan limit, Func<CancellationToken, ValueTask<T>> step, CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping, timer.Token);
        return await step(both.Token);
    }
}
