using Health.Adapters.Inbox;
using Health.Contracts;
using Health.Hl7v2.Mllp;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Outbound;

/// <summary>
/// Sends what waits for a destination, in order, one at a time: the next leaves when the one before is accepted, a dead letter, or given up. A
/// message that was not answered goes again with the same bytes, for ever and ever less often. One process at a time delivers to a destination.
/// </summary>
internal sealed class OutboundDelivery(
    NpgsqlDataSource database, IKeyring keyring, OutboundRewriting rewriting, AdapterSettings settings, TimeProvider time, ILogger<OutboundDelivery> log)
{
    private const string LockKey = "hashtextextended('adapters.outbound|' || $1, 0)";
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);

    private sealed record Head(long Position, string MessageId, bool IsBehindDead, int Attempts, int Errors, DateTimeOffset? NextAttempt, DateTimeOffset? SilentSince, SealedMessage Body);

    /// <summary>
    /// Delivers until nothing is left or the next has to wait. When it may be worth looking again; null: once something new is there.
    /// </summary>
    public async Task<DateTimeOffset?> Work(DestinationProfile destination, CancellationToken ct)
    {
        // The lock is the connection's: should it break, the mark of what was sent fails with it, and another process may go on.
        await using var connection = await database.OpenConnectionAsync(ct);
        if (!await TryLock(connection, destination.Id, ct)) return time.GetUtcNow() + AskAgain;
        try
        {
            await using var sender = OutboundSender.Open(destination, settings, time);
            while (await Next(connection, destination, ct) is { } head)
            {
                if (head.NextAttempt is { } at && at > time.GetUtcNow()) return at;
                // What it was judged by was never told. Once sent it keeps its bytes.
                if (!head.IsBehindDead || head.Attempts > 0 || !await rewriting.Judge(connection, destination, head.MessageId, ct)) await Deliver(connection, destination, sender, head, ct);
            }

            return null;
        }
        finally
        {
            // A broken connection has lost its lock already.
            if (connection.State == System.Data.ConnectionState.Open)
                await InboxSql.Execute(connection, $"select pg_advisory_unlock({LockKey})", CancellationToken.None, destination.Id);
        }
    }

    private static async Task<bool> TryLock(NpgsqlConnection connection, string destinationId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"select pg_try_advisory_lock({LockKey})", connection) { Parameters = { new() { Value = destinationId } } };
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The first that waits; null when none does, or a dead letter stops the destination.</summary>
    private static async Task<Head?> Next(NpgsqlConnection connection, DestinationProfile destination, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select position, message_id, attempts, errors, next_attempt_at, silent_since, sealed_body, key_id, wrapped_by, wrapped_key,
                coalesce((select before.state in ('dead', 'discarded') from adapters.outbox before
                    where before.destination_id = $1 and before.resource = outbox.resource and before.position < outbox.position order by before.position desc limit 1), false)
            from adapters.outbox
            where destination_id = $1 and state = 'waiting'
                and not ($2 and exists (select from adapters.outbox dead where dead.destination_id = $1 and dead.state = 'dead' and dead.position < outbox.position))
            order by position limit 1
            """, connection)
        {
            Parameters = { new() { Value = destination.Id }, new() { Value = destination.Stops } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        return new Head(
            reader.GetInt64(0), reader.GetString(1), reader.GetBoolean(10), reader.GetInt32(2), reader.GetInt32(3),
            await reader.IsDBNullAsync(4, ct) ? null : reader.GetFieldValue<DateTimeOffset>(4),
            await reader.IsDBNullAsync(5, ct) ? null : reader.GetFieldValue<DateTimeOffset>(5),
            new SealedMessage(reader.GetFieldValue<byte[]>(6), new WrappedKey(reader.GetString(7), reader.GetString(8), reader.GetFieldValue<byte[]>(9))));
    }

    private async Task Deliver(NpgsqlConnection connection, DestinationProfile destination, MllpSender sender, Head head, CancellationToken ct)
    {
        if (await head.Body.Open(keyring, head.MessageId, ct) is not { } body)
        {
            await Settle(connection, head, "erased", null, "The key of its resident was destroyed.", null, ct);
            return;
        }

        await InboxSql.Execute(
            connection, "update adapters.outbox set attempts = attempts + 1, in_flight_since = $2 where message_id = $1 and state = 'waiting'", ct,
            head.MessageId, time.GetUtcNow().UtcDateTime);
        MllpReply reply;
        try
        {
            reply = await sender.Send(body, ct);
        }
        catch (MllpException e)
        {
            // What the socket says may name hosts and more; its kind is enough.
            await Silent(connection, destination, head, e.InnerException is null or OperationCanceledException ? e.Message : $"{e.InnerException.GetType().Name}: no answer.", ct);
            return;
        }

        // Settled to the end even when the platform stops: an answer that came is not asked for again.
        await Answered(connection, destination, head, reply, CancellationToken.None);
    }

    private async Task Answered(NpgsqlConnection connection, DestinationProfile destination, Head head, MllpReply reply, CancellationToken ct)
    {
        var answer = MessageSeal.Ack(keyring, head.MessageId, reply.Bytes);
        switch (reply.Code)
        {
            case "AA" or "CA":
                await Settle(connection, head, "delivered", reply.Code, null, answer, ct);
                AdapterTelemetry.CountSent(destination.Id, "delivered");
                break;
            case "AR" or "CR":
                await Dead(connection, destination, head, reply.Code, "The destination rejected it.", answer, ct);
                break;
            case "AE" or "CE" when head.Errors + 1 >= destination.BackOff.Errors:
                await Dead(connection, destination, head, reply.Code, $"The destination answered {head.Errors + 1} times with an error.", answer, ct);
                break;
            case "AE" or "CE":
                await InboxSql.Execute(
                    connection,
                    """
                    update adapters.outbox set errors = errors + 1, next_attempt_at = $2, in_flight_since = null, silent_since = null, last_code = $3,
                        last_reason = null, sealed_answer = $4
                    where message_id = $1 and state = 'waiting'
                    """, ct, head.MessageId, (time.GetUtcNow() + destination.BackOff.Delay(head.Errors + 1)).UtcDateTime, reply.Code, answer);
                AdapterTelemetry.CountSent(destination.Id, "error");
                break;
            default:
                await Silent(connection, destination, head, "An answer without a code of table 0008.", ct);
                break;
        }
    }

    private async Task Silent(NpgsqlConnection connection, DestinationProfile destination, Head head, string reason, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (head.SilentSince is null)
            log.LogWarning("Destination {Destination} does not answer: {Reason} It is tried again, ever less often.", destination.Id, reason);
        await InboxSql.Execute(
            connection,
            """
            update adapters.outbox set next_attempt_at = $2, in_flight_since = null, silent_since = coalesce(silent_since, $3), last_code = null, last_reason = $4
            where message_id = $1 and state = 'waiting'
            """, ct, head.MessageId, (now + destination.BackOff.Delay(head.Attempts - head.Errors + 1)).UtcDateTime, now.UtcDateTime, reason);
        AdapterTelemetry.CountSent(destination.Id, "silent");
    }

    private async Task Dead(
        NpgsqlConnection connection, DestinationProfile destination, Head head, string code, string reason, byte[] answer, CancellationToken ct)
    {
        log.LogError(
            "Message {MessageId} for destination {Destination} is a dead letter: {Code}. {Stops}", head.MessageId, destination.Id, code,
            destination.Stops ? "Those behind it wait." : "The next go on.");
        await Settle(connection, head, "dead", code, reason, answer, ct);
        AdapterTelemetry.CountSent(destination.Id, "dead");
    }

    private Task Settle(NpgsqlConnection connection, Head head, string state, string? code, string? reason, byte[]? answer, CancellationToken ct) => InboxSql.Execute(
        connection,
        """
        update adapters.outbox set state = $2, settled_at = $3, in_flight_since = null, next_attempt_at = null, silent_since = null, last_code = $4::text,
            last_reason = $5::text, sealed_answer = $6::bytea
        where message_id = $1 and state = 'waiting'
        """, ct, head.MessageId, state, time.GetUtcNow().UtcDateTime, code, reason, answer);
}
