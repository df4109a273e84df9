using System.Runtime.CompilerServices;
using Health.Adapters.Inbox;
using Health.Contracts;
using Npgsql;

namespace Health.Adapters.Certification;

/// <param name="Raw">The bytes as they came; null when the key of the message was destroyed.</param>
internal readonly record struct StoredMessage(string MessageId, byte[]? Raw, bool IsQuarantined);

/// <summary>What a source has sent since a time, in the order of arrival, opened one page after the other.</summary>
internal sealed class StoredMessages(NpgsqlDataSource database, IKeyring keyring)
{
    private const int PageSize = 200;

    private readonly record struct Row(long Position, string MessageId, byte[] Sealed, WrappedKey Key, bool IsQuarantined);

    public async IAsyncEnumerable<StoredMessage> Since(string source, DateTimeOffset since, [EnumeratorCancellation] CancellationToken ct)
    {
        for (long? after = 0; after is not null;)
        {
            var page = await Page(source, since, after.Value, ct);
            foreach (var row in page)
            {
                var key = await MessageSeal.KeyOf(keyring, row.Key, ct);
                yield return new StoredMessage(row.MessageId, key?.Open(row.Sealed, MessageSeal.BodyPlace(row.MessageId)), row.IsQuarantined);
            }

            after = page.Count == PageSize ? page[^1].Position : null;
        }
    }

    private async Task<List<Row>> Page(string source, DateTimeOffset since, long after, CancellationToken ct)
    {
        // A correction is an operator's text, not what the hospital sent.
        await using var command = database.CreateCommand(
            """
            select position, message_id, sealed_body, key_id, wrapped_by, wrapped_key, state in ('quarantined', 'superseded') from adapters.inbox
            where source_id = $1 and received_at >= $2 and kind <> 'correction' and position > $3 order by position limit $4
            """);
        foreach (var value in new object[] { source, since.UtcDateTime, after, PageSize }) command.Parameters.Add(new() { Value = value });
        List<Row> rows = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            rows.Add(new Row(reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), new WrappedKey(reader.GetString(3), reader.GetString(4), reader.GetFieldValue<byte[]>(5)), reader.GetBoolean(6)));
        return rows;
    }
}
