using Health.Adapters.Inbox;
using Health.Contracts;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Outbound;

/// <summary>
/// Writes a queued message anew, the same change with the same ids: what could not be written before, and what stands behind a dead letter that it counted on.
/// </summary>
internal sealed class OutboundRewriting(
    NpgsqlDataSource database, IRecordFeed feed, OutboundComposer composer, IAuditTrail audit, IKeyring keyring, TimeProvider time, ILogger<OutboundRewriting> log)
{
    /// <summary>Null when the message has its bytes now.</summary>
    public async Task<Refusal?> Write(DestinationProfile destination, OutboundItem item, CancellationToken ct)
    {
        if (await Change(item.Resource, item.Sequence, ct) is not { } record)
            return Refusal.Gone("The change is not readable any more; the message can only be discarded.");
        var told = await OutboundTold.Load(database, destination.Id, [record], ct);
        var whole = told.WholeOf(record);
        if (await composer.Compose(destination, record, whole, told.Of(whole ?? item.Resource), ct) is not { } row)
            return Refusal.Conflict("There is nothing to tell any more; the message can only be discarded.");
        if (row.Body is not { } body) return Refusal.Conflict("The message still cannot be written.");
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(Update(row, body, "sealed_body is null"));
        batch.BatchCommands.Add(OutboxSql.Command(audit.Prepare([OutboxSql.Fact(keyring, destination, row, time.GetUtcNow())])));
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return null;
    }

    /// <summary>
    /// Judges a message that was never sent by what the destination was really told of its resource: an update of what was refused becomes the first it hears, and
    /// where there is nothing to take back it is discarded.
    /// </summary>
    /// <param name="connection">The one that delivers.</param>
    /// <returns>Whether it is another message now, or none.</returns>
    public async Task<bool> Judge(NpgsqlConnection connection, DestinationProfile destination, string messageId, CancellationToken ct)
    {
        var (resource, sequence, trigger, judgedBy, told) = await Standing(connection, messageId, ct);
        // What is no longer readable, or is told as a part of a report, goes as it is.
        if (await Change(resource, sequence, ct) is not { } record) return false;
        if (await composer.Compose(destination, record, null, told, ct) is not { } row)
        {
            var done = await InboxSql.Execute(
                connection, "update adapters.outbox set state = 'discarded', settled_at = $2, settled_by = 'platform', last_reason = $3 where message_id = $1 and state = 'waiting' and attempts = 0",
                ct, messageId, time.GetUtcNow().UtcDateTime, "The message before it was not taken, so there is nothing to tell.");
            if (done > 0) log.LogWarning("Message {MessageId} for destination {Destination} is not sent: what it changes was never told.", messageId, destination.Id);
            return true;
        }

        if (row.Body is not { } body || (row.Trigger == trigger && row.Told == judgedBy)) return false;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Update(row, body, "state = 'waiting' and attempts = 0"));
        if (await batch.ExecuteNonQueryAsync(ct) > 0)
            log.LogInformation("Message {MessageId} for destination {Destination} becomes {Event}: what it counted on was not taken.", messageId, destination.Id, $"{row.Type}^{row.Trigger}");
        return true;
    }

    /// <summary>The message, and what the destination has accepted of its resource before it.</summary>
    private static async Task<(string Resource, long Sequence, string Trigger, string JudgedBy, string? Told)> Standing(NpgsqlConnection connection, string messageId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select resource, sequence, trigger_event, told, (select before.told from adapters.outbox before
                where before.destination_id = outbox.destination_id and before.resource = outbox.resource and before.position < outbox.position and before.state = 'delivered'
                order by before.position desc limit 1)
            from adapters.outbox where message_id = $1
            """, connection) { Parameters = { new() { Value = messageId } } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetString(0), reader.GetInt64(1), reader.GetString(2), reader.GetString(3), await reader.IsDBNullAsync(4, ct) ? null : reader.GetString(4));
    }

    /// <summary>The version that is told; null when it is not readable any more, or is another resource's, which is told as a part.</summary>
    private async Task<LoggedRecord?> Change(string resource, long sequence, CancellationToken ct)
    {
        var page = await feed.After(sequence - 1, [resource.Split('/')[0]], new AccessFilter.Everything(), 1, ct);
        return page.Records is [{ } record] && record.Sequence == sequence && record.Json is not null ? record : null;
    }

    private static NpgsqlBatchCommand Update(OutboxRow row, SealedMessage body, string condition) => new(
        $"""
        update adapters.outbox set resource = $2, message_type = $3, trigger_event = $4, told = $5, parts = $6, sealed_body = $7,
            key_id = $8, wrapped_by = $9, wrapped_key = $10
        where message_id = $1 and {condition}
        """)
    {
        Parameters =
        {
            new() { Value = row.MessageId }, new() { Value = row.Resource }, new() { Value = row.Type }, new() { Value = row.Trigger }, new() { Value = row.Told },
            new() { Value = row.Parts.ToArray() }, new() { Value = body.Bytes }, new() { Value = body.Key.KeyId }, new() { Value = body.Key.WrappedBy }, new() { Value = body.Key.Bytes },
        },
    };
}
