using System.Diagnostics;
using System.Globalization;
using System.Text;
using Health.Adapters.Acknowledging;
using Health.Adapters.Queries;
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
    /// <summary>The caller may not write records: nothing stored, answered AR.</summary>
    Forbidden,
    /// <summary>A query: answered, nothing stored.</summary>
    Answered,
    /// <summary>About the sequence numbers, not a message to keep: nothing stored; AA, or AE with the number that is expected.</summary>
    Sequence,
}

/// <param name="Ack">The reply without framing; null when none is due.</param>
/// <param name="MessageId">The stored message; null when nothing was stored.</param>
public sealed record IntakeAnswer(IntakeOutcome Outcome, byte[]? Ack, string? MessageId);

/// <summary>What the intake is told about a door.</summary>
/// <param name="Allows">Which profiles it may take messages for; null takes every one.</param>
/// <param name="Back">Where the platform may speak later; null: it answers once, at once.</param>
/// <param name="Declared">The character set the transport names; weaker than the profile's, stronger than MSH-18.</param>
/// <param name="MayWrite">Whether who sends may write records; a query needs no such right.</param>
/// <param name="Asker">Who holds the token, at a door that has tokens: a query shows no more than both this caller and the source may see.</param>
/// <param name="Refuses">Why the door does not take messages of a source that it would know.</param>
internal sealed record IntakeDoor(
    Func<SourceProfile, bool>? Allows, IReturnPath? Back = null, Hl7Charset? Declared = null, Caller? Asker = null, bool MayWrite = true, Func<SourceProfile, Hl7Diagnostic?>? Refuses = null);

/// <summary>
/// The one way in, whatever the door: reads just enough to know the sender, seals the bytes, stores them durably, and only then gives the
/// answer. Mapping comes later, from the inbox.
/// </summary>
public sealed class Intake
{
    private readonly SourceRegistry sources;
    private readonly IKeyring keyring;
    private readonly InboxCommitter committer;
    private readonly SequenceBook sequences;
    private readonly ApplicationAnswers answers;
    private readonly ReturnPaths paths;
    private readonly InboxSignal signal;
    private readonly QueryDesk? queries;
    private readonly TimeProvider time;
    private readonly ILogger<Intake> log;

    internal Intake(
        SourceRegistry sources, IKeyring keyring, InboxCommitter committer, SequenceBook sequences, ApplicationAnswers answers, ReturnPaths paths, InboxSignal signal,
        QueryDesk? queries, TimeProvider time, ILogger<Intake> log)
    {
        this.queries = queries;
        this.sequences = sequences;
        this.answers = answers;
        this.paths = paths;
        this.signal = signal;
        this.sources = sources;
        this.keyring = keyring;
        this.committer = committer;
        this.time = time;
        this.log = log;
    }

    private static readonly Hl7Diagnostic NoRight = Hl7Diagnostic.Error("MSH-3", Hl7ErrorCode.Internal, "The scopes of this client do not allow it to write records (create and update of Patient are needed).");

    /// <param name="raw">One message without framing, not changed afterwards.</param>
    /// <param name="allow">Which profiles the door may take messages for; null takes every one.</param>
    /// <exception cref="IOException">The inbox is not available: give no answer, the sender sends again.</exception>
    public Task<IntakeAnswer> Receive(ReadOnlyMemory<byte> raw, Func<SourceProfile, bool>? allow, CancellationToken ct) => Receive(raw, new IntakeDoor(allow), ct);

    /// <inheritdoc cref="Receive(ReadOnlyMemory{byte}, Func{SourceProfile, bool}, CancellationToken)"/>
    internal async Task<IntakeAnswer> Receive(ReadOnlyMemory<byte> raw, IntakeDoor door, CancellationToken ct)
    {
        using var activity = AdapterTelemetry.Activities.StartActivity("hl7.receive", ActivityKind.Server);
        var at = time.GetUtcNow();
        var read = Hl7Message.Read(raw, door.Declared);
        using var detected = read.Message;
        if (detected is null)
        {
            AdapterTelemetry.CountRejected("unreadable");
            return new IntakeAnswer(IntakeOutcome.Rejected, AckBuilder.Unreadable(NewControlId(), at, read.Diagnostics), null);
        }

        if (AckBuilder.IsAcknowledgement(detected)) return new IntakeAnswer(IntakeOutcome.Ignored, null, null);
        if (sources.Find(detected.Get("MSH-3.1"), detected.Get("MSH-4.1")) is not { } source || door.Allows?.Invoke(source) == false)
        {
            AdapterTelemetry.CountRejected("unknown-sender");
            log.LogWarning("A message was rejected: its sender (MSH-3, MSH-4) is not known at this door.");
            return new IntakeAnswer(IntakeOutcome.Rejected, Answer(detected, Hl7AckOutcome.Rejected, at, [SourceRegistry.UnknownSender]), null);
        }

        if (door.Refuses?.Invoke(source) is { } wrong)
        {
            AdapterTelemetry.CountRejected("wrong-door");
            log.LogWarning("A message of {Source} was rejected: its profile takes it at another door.", source.Id);
            return new IntakeAnswer(IntakeOutcome.Rejected, Answer(detected, Hl7AckOutcome.Rejected, at, [wrong]), null);
        }

        var configured = Hl7Charset.FromName(source.Charset);
        if (configured is null || configured == detected.Charset) return await Keep(detected, source, door, at, ct);
        using var reread = Hl7Message.Read(raw, configured).Message;
        return await Keep(reread ?? detected, source, door, at, ct);
    }

    private Task<IntakeAnswer> Keep(Hl7Message message, SourceProfile source, IntakeDoor door, DateTimeOffset at, CancellationToken ct)
    {
        if (DoorRules.Refusal(message, source.Protocol) is { } refusal)
        {
            AdapterTelemetry.CountRejected("not-agreed");
            return Task.FromResult(new IntakeAnswer(IntakeOutcome.Rejected, Answer(message, Hl7AckOutcome.Rejected, at, [refusal]), null));
        }

        if (QueryDesk.IsQuery(message)) return Query(message, source, door.Asker, ct);
        if (!door.MayWrite)
        {
            AdapterTelemetry.CountRejected("scope");
            return Task.FromResult(new IntakeAnswer(IntakeOutcome.Forbidden, Answer(message, Hl7AckOutcome.Rejected, at, [NoRight]), null));
        }

        return source.Protocol.SequenceNumbers && message.Get("MSH-13") is not null
            ? sequences.InTurn(source.Id, () => KeepInSequence(message, source, door, at, ct), ct)
            : Store(message, source, door, at, ct);
    }

    private async Task<IntakeAnswer> Query(Hl7Message message, SourceProfile source, Caller? asker, CancellationToken ct)
    {
        if (queries is null || !source.Protocol.Queries)
        {
            AdapterTelemetry.CountRejected("no-queries");
            var refusal = Hl7Diagnostic.Error("MSH-9.1", Hl7ErrorCode.UnsupportedMessageType, "Queries are not agreed with this source.");
            return new IntakeAnswer(IntakeOutcome.Rejected, AckBuilder.Build(message, Hl7AckCode.AR, NewControlId(), time.GetUtcNow(), [refusal]), null);
        }

        try
        {
            return new IntakeAnswer(IntakeOutcome.Answered, await queries.Answer(message, source, asker, NewControlId(), ct), null);
        }
        catch (Exception e) when (e is AuditUnavailableException || Failures.IsOfInfrastructure(e))
        {
            throw new InboxUnavailableException(e);
        }
    }

    private async Task<IntakeAnswer> KeepInSequence(Hl7Message message, SourceProfile source, IntakeDoor door, DateTimeOffset at, CancellationToken ct)
    {
        var expected = await sequences.Expected(source.Id, ct);
        if (SequenceBook.NumberOf(message) is not { } number)
            return Sequence(message, at, expected, Hl7Diagnostic.Error("MSH-13", Hl7ErrorCode.DataType, "A sequence number is -1, 0 or positive; MSA-4 is the one expected."));
        if (number == -1) return Sequence(message, at, expected, null);
        var isInOrder = number == 0 || expected is null || number == expected;
        if (!isInOrder && !await sequences.IsKnown(MessageKey.Of(message, source.AcceptsUnknownSenders).MessageId(keyring, source.Id), ct))
            return Sequence(message, at, expected, Hl7Diagnostic.Error("MSH-13", Hl7ErrorCode.SegmentSequence, "Not the next sequence number; nothing was stored. MSA-4 is the one expected."));
        // A header alone with 0 only begins the sequence anew.
        var answer = number == 0 && message.SegmentCount == 1 ? Sequence(message, at, 1, null) : await Store(message, source, door, at, ct);
        if (isInOrder && answer.Outcome is IntakeOutcome.Stored or IntakeOutcome.Repeated or IntakeOutcome.Sequence) await sequences.Expect(source.Id, number + 1, ct);
        return answer;
    }

    private static IntakeAnswer Sequence(Hl7Message message, DateTimeOffset at, long? expected, Hl7Diagnostic? problem)
    {
        var ack = problem is null ? Answer(message, Hl7AckOutcome.Accepted, at, []) : Answer(message, Hl7AckOutcome.Error, at, [problem]);
        if (ack is not null)
        {
            using var answer = Hl7Message.Read(ack, message.Charset).Message!;
            // 0 says that any number may begin.
            ack = answer.Charset.Encoding.GetBytes(Encoding.UTF8.GetString(answer.With(Hl7Path.Parse("MSA-4"), (expected ?? 0).ToString(CultureInfo.InvariantCulture))));
        }

        return new IntakeAnswer(IntakeOutcome.Sequence, ack, null);
    }

    private async Task<IntakeAnswer> Store(Hl7Message message, SourceProfile source, IntakeDoor door, DateTimeOffset at, CancellationToken ct)
    {
        var plan = AnswerPlan.Of(message, source.Protocol, door.Back is not null || source.Protocol.ReturnEndpoint is not null);
        var entry = Seal(message, source, plan, at);
        Activity.Current?.SetTag("hl7.source", source.Id).SetTag("hl7.type", entry.Type).SetTag("hl7.message", entry.MessageId);
        if (plan.Later is not null && door.Back is not null) paths.Remember(entry.MessageId, door.Back);
        StoreResult result;
        using (AdapterTelemetry.Activities.StartActivity("hl7.commit"))
            result = await committer.Store(entry, ct);
        AdapterTelemetry.CountReceived(source.Id, entry.Type, result.Kind);
        var outcome = result.Kind switch { StoreKind.Stored => IntakeOutcome.Stored, StoreKind.Repeated => IntakeOutcome.Repeated, _ => IntakeOutcome.Reused };
        if (outcome == IntakeOutcome.Repeated && plan.Later is not null) await Again(result.MessageId, ct);
        if (plan.Waits && outcome != IntakeOutcome.Reused) return new IntakeAnswer(outcome, await Processed(result.MessageId, source, ct), result.MessageId);
        var ack = result.SealedAck is null ? null : MessageSeal.OpenAck(keyring, result.MessageId, result.SealedAck);
        return new IntakeAnswer(outcome, ack, result.MessageId);
    }

    private async Task<byte[]> Processed(string messageId, SourceProfile source, CancellationToken ct)
    {
        var answer = await answers.Await(messageId, TimeSpan.FromSeconds(source.Protocol.AnswerWithinSeconds), ct);
        return answer?.Ack ?? throw new InboxUnavailableException(new TimeoutException("The message is stored and not processed yet."));
    }

    /// <summary>A sender that comes back with the same message is there to take the acknowledgement it is still owed.</summary>
    private async Task Again(string messageId, CancellationToken ct)
    {
        if (!await committer.AckSoon(messageId, ct)) paths.Forget(messageId);
        signal.AckDue.Signal();
    }

    private InboxEntry Seal(Hl7Message message, SourceProfile source, AnswerPlan plan, DateTimeOffset at)
    {
        var key = MessageKey.Of(message, source.AcceptsUnknownSenders);
        var entry = EntrySealing.Seal(keyring, message, source, key, key.MessageId(keyring, source.Id), at);
        return entry with
        {
            SealedAck = SealAck(entry.MessageId, plan.Now is { } code ? AckBuilder.Build(message, code, NewControlId(), at, []) : null),
            ApplicationAck = plan.Later,
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
