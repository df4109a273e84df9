using System.Text;
using Health.Adapters.Inbox;
using Health.Contracts;
using Health.Hl7v2;
using Npgsql;

namespace Health.Adapters.Outbound;

/// <summary>What an operator sees of one message: the text that is sent, and what was answered last.</summary>
/// <param name="Text">In UTF-8, segments end with CR; null when it could not be written or its key was destroyed.</param>
/// <param name="Base64">The very bytes, in the destination's character set.</param>
public sealed record OutboundContent(OutboundItem Item, string? Text, string? Base64, string? Answer);

/// <summary>What an operator does with messages: look at one, send it again, give it up.</summary>
internal sealed class OutboundDesk(
    NpgsqlDataSource database, OutboundQueue queue, DestinationRegistry destinations, IKeyring keyring, OutboundRewriting rewriting, OutboundSignal signal, TimeProvider time)
{
    public async Task<(OutboundContent Content, string? ResidentId)?> Read(string messageId, CancellationToken ct)
    {
        if (await queue.Find(messageId, ct) is not { } item) return null;
        await using var command = database.CreateCommand(
            "select resident_id, sealed_body, key_id, wrapped_by, wrapped_key, sealed_answer from adapters.outbox where message_id = $1");
        command.Parameters.Add(new() { Value = messageId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var resident = await reader.IsDBNullAsync(0, ct) ? null : reader.GetString(0);
        var body = await reader.IsDBNullAsync(1, ct)
            ? null : new SealedMessage(reader.GetFieldValue<byte[]>(1), new WrappedKey(reader.GetString(2), reader.GetString(3), reader.GetFieldValue<byte[]>(4)));
        var answer = await reader.IsDBNullAsync(5, ct) ? null : reader.GetFieldValue<byte[]>(5);
        await reader.DisposeAsync();
        var bytes = body is null ? null : await body.Open(keyring, messageId, ct);
        return (new OutboundContent(
            item, bytes is null ? null : TextOf(bytes), bytes is null ? null : Convert.ToBase64String(bytes),
            answer is null ? null : TextOf(MessageSeal.OpenAck(keyring, messageId, answer))), resident);
    }

    /// <summary>
    /// A dead letter goes to its place in the queue again, as it was, with its errors forgotten; one that waits is due at once. What could not be
    /// written is written now. Null when done.
    /// </summary>
    public async Task<Refusal?> Retry(string messageId, CancellationToken ct)
    {
        if (await queue.Find(messageId, ct) is not { State: "dead" or "waiting" } item)
            return Refusal.NotFound("No message of that id waits or is a dead letter.");
        if (destinations.ById(item.Destination) is not { } destination)
            return Refusal.Conflict($"Destination {item.Destination} is no longer configured.");
        if (item.IsUnwritten && await rewriting.Write(destination, item, ct) is { } refused) return refused;
        await using var connection = await database.OpenConnectionAsync(ct);
        var done = await InboxSql.Execute(
            connection,
            """
            update adapters.outbox set state = 'waiting', errors = 0, next_attempt_at = null, settled_at = null, settled_by = null
            where message_id = $1 and state in ('dead', 'waiting') and sealed_body is not null
            """, ct, messageId);
        signal.Of(item.Destination).Signal();
        return done > 0 ? null : Refusal.Conflict("The message is no longer waiting or dead.");
    }

    /// <summary>Gives a message up: it will not be sent, and those behind it go on. Null when done.</summary>
    public async Task<Refusal?> Discard(string messageId, Caller caller, CancellationToken ct)
    {
        if (await queue.Find(messageId, ct) is not { } item) return Refusal.NotFound("No message of that id.");
        await using var connection = await database.OpenConnectionAsync(ct);
        var done = await InboxSql.Execute(
            connection,
            """
            update adapters.outbox set state = 'discarded', settled_at = $2, settled_by = $3, in_flight_since = null, next_attempt_at = null
            where message_id = $1 and state in ('dead', 'waiting')
            """, ct, messageId, time.GetUtcNow().UtcDateTime, caller.Actor);
        signal.Of(item.Destination).Signal();
        return done > 0 ? null : Refusal.Conflict($"The message is {item.State}, so there is nothing to give up.");
    }

    private static string TextOf(byte[] bytes)
    {
        using var message = Hl7Message.Read(bytes).Message;
        return message is null ? Convert.ToBase64String(bytes) : Encoding.UTF8.GetString(message.Body);
    }
}
