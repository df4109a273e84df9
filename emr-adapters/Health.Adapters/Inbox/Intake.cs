using System.Diagnostics;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;
using Microsoft.Extensions.Logging;

namespace Health.Adapters.Inbox;

public enum IntakeOutcome
{
    Stored,
    Repeated,
    /// <summary>The control id came before with another body: kept in quarantine, answered AE.</summary>
    Reused,
    /// <summary>Not a message, or not from a known sender: nothing stored, answered AR.</summary>
    Rejected,
    /// <summary>An acknowledgement: those are not answered.</summary>
    Ignored,
}

/// <param name="Ack">The reply without framing; null when none is due.</param>
/// <param name="MessageId">The stored message; null when nothing was stored.</param>
public sealed record IntakeAnswer(IntakeOutcome Outcome, byte[]? Ack, string? MessageId);

/// <summary>
/// The one way in, whatever the door: reads just enough to know the sender, seals the bytes, stores them durably, and only then gives the
/// answer. Mapping comes later, from the inbox.
/// </summary>
public sealed class Intake
{
    private readonly SourceRegistry sources;
    private readonly IKeyring keyring;
    private readonly InboxCommitter committer;
    private readonly TimeProvider time;
    private readonly ILogger<Intake> log;

    internal Intake(SourceRegistry sources, IKeyring keyring, InboxCommitter committer, TimeProvider time, ILogger<Intake> log)
    {
        this.sources = sources;
        this.keyring = keyring;
        this.committer = committer;
        this.time = time;
        this.log = log;
    }

    /// <param name="raw">One message without framing, not changed afterwards.</param>
    /// <param name="allow">Which profiles the door may take messages for; null takes every one.</param>
    /// <exception cref="IOException">The inbox is not available: give no answer, the sender sends again.</exception>
    public async Task<IntakeAnswer> Receive(ReadOnlyMemory<byte> raw, Func<SourceProfile, bool>? allow, CancellationToken ct)
    {
        using var activity = AdapterTelemetry.Activities.StartActivity("hl7.receive", ActivityKind.Server);
        var at = time.GetUtcNow();
        var read = Hl7Message.Read(raw);
        using var detected = read.Message;
        if (detected is null)
        {
            AdapterTelemetry.CountRejected("unreadable");
            return new IntakeAnswer(IntakeOutcome.Rejected, AckBuilder.Unreadable(NewControlId(), at, read.Diagnostics), null);
        }

        if (AckBuilder.IsAcknowledgement(detected)) return new IntakeAnswer(IntakeOutcome.Ignored, null, null);
        if (sources.Find(detected.Get("MSH-3.1"), detected.Get("MSH-4.1")) is not { } source || allow?.Invoke(source) == false)
        {
            AdapterTelemetry.CountRejected("unknown-sender");
            log.LogWarning("A message was rejected: its sender (MSH-3, MSH-4) is not known at this door.");
            return new IntakeAnswer(IntakeOutcome.Rejected, Answer(detected, Hl7AckOutcome.Rejected, at, [SourceRegistry.UnknownSender]), null);
        }

        var configured = Hl7Charset.FromName(source.Charset);
        if (configured is null || configured == detected.Charset) return await Keep(detected, source, at, ct);
        using var reread = Hl7Message.Read(raw, configured).Message;
        return await Keep(reread ?? detected, source, at, ct);
    }

    private async Task<IntakeAnswer> Keep(Hl7Message message, SourceProfile source, DateTimeOffset at, CancellationToken ct)
    {
        var entry = Seal(message, source, at);
        Activity.Current?.SetTag("hl7.source", source.Id).SetTag("hl7.type", entry.Type).SetTag("hl7.message", entry.MessageId);
        StoreResult result;
        using (AdapterTelemetry.Activities.StartActivity("hl7.commit"))
            result = await committer.Store(entry, ct);
        AdapterTelemetry.CountReceived(source.Id, entry.Type, result.Kind);
        var ack = result.SealedAck is null ? null : MessageSeal.OpenAck(keyring, result.MessageId, result.SealedAck);
        var outcome = result.Kind switch { StoreKind.Stored => IntakeOutcome.Stored, StoreKind.Repeated => IntakeOutcome.Repeated, _ => IntakeOutcome.Reused };
        return new IntakeAnswer(outcome, ack, result.MessageId);
    }

    private InboxEntry Seal(Hl7Message message, SourceProfile source, DateTimeOffset at)
    {
        var key = MessageKey.Of(message, source.AcceptsUnknownSenders);
        var entry = EntrySealing.Seal(keyring, message, source, key, key.MessageId(keyring, source.Id), at);
        return entry with
        {
            SealedAck = SealAck(entry.MessageId, Answer(message, Hl7AckOutcome.Accepted, at, [])),
            AsReuse = () => SealReuse(message, source, key, at),
        };
    }

    private InboxEntry SealReuse(Hl7Message message, SourceProfile source, MessageKey key, DateTimeOffset at)
    {
        var entry = EntrySealing.Seal(keyring, message, source, key, key.ReuseId(keyring, source.Id), at);
        return entry with
        {
            Kind = "reuse",
            SealedAck = SealAck(entry.MessageId, Answer(message, Hl7AckOutcome.Error, at, [Reuse.Problem])),
            SealedProblems = MessageSeal.Problems(keyring.Unwrap(entry.Key, keyring.Node), entry.MessageId, [Reuse.Problem]),
        };
    }

    private byte[]? SealAck(string messageId, byte[]? ack) => ack is null ? null : MessageSeal.Ack(keyring, messageId, ack);

    private static byte[]? Answer(Hl7Message message, Hl7AckOutcome outcome, DateTimeOffset at, IReadOnlyList<Hl7Diagnostic> problems) =>
        AckBuilder.CodeFor(message, outcome) is { } code ? AckBuilder.Build(message, code, NewControlId(), at, problems) : null;

    /// <summary>20 characters at most: MSH-10 of old versions holds no more.</summary>
    private static string NewControlId() => Guid.NewGuid().ToString("N")[..20];
}
