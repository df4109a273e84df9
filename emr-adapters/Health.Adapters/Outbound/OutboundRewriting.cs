using Health.Contracts;
using Npgsql;

namespace Health.Adapters.Outbound;

/// <summary>Writes what could not be written before, for instance after the platform was mended: the same change, the same ids.</summary>
internal sealed class OutboundRewriting(
    NpgsqlDataSource database, IRecordFeed feed, OutboundComposer composer, IAuditTrail audit, IKeyring keyring, TimeProvider time)
{
    /// <summary>Null when the message has its bytes now.</summary>
    public async Task<Refusal?> Write(DestinationProfile destination, OutboundItem item, CancellationToken ct)
    {
        var type = item.Resource.Split('/')[0];
        var page = await feed.After(item.Sequence - 1, [type], new AccessFilter.Everything(), 1, ct);
        if (page.Records is not [{ } record] || record.Sequence != item.Sequence || record.Json is null)
            return Refusal.Gone("The change is not readable any more; the message can only be discarded.");
        var told = await OutboundTold.Load(database, destination.Id, [record], ct);
        var whole = told.WholeOf(record);
        if (await composer.Compose(destination, record, whole, told.Of(whole ?? item.Resource), ct) is not { } row)
            return Refusal.Conflict("There is nothing to tell any more; the message can only be discarded.");
        if (row.Body is not { } body) return Refusal.Conflict("The message still cannot be written.");
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            """
            update adapters.outbox set resource = $2, message_type = $3, trigger_event = $4, told = $5, parts = $6, sealed_body = $7,
                key_id = $8, wrapped_by = $9, wrapped_key = $10
            where message_id = $1 and sealed_body is null
            """)
        {
            Parameters =
            {
                new() { Value = item.MessageId }, new() { Value = row.Resource }, new() { Value = row.Type }, new() { Value = row.Trigger }, new() { Value = row.Told },
                new() { Value = row.Parts.ToArray() }, new() { Value = body.Bytes }, new() { Value = body.Key.KeyId }, new() { Value = body.Key.WrappedBy }, new() { Value = body.Key.Bytes },
            },
        });
        batch.BatchCommands.Add(OutboxSql.Command(audit.Prepare([OutboxSql.Fact(keyring, destination, row, time.GetUtcNow())])));
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return null;
    }
}
