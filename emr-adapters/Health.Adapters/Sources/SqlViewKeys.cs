using Npgsql;
using NpgsqlTypes;

namespace Health.Adapters.Sources;

/// <summary>The rows of a view that have become messages, in the platform's database.</summary>
internal sealed class SqlViewKeys(NpgsqlDataSource database, string sourceId)
{
    private const int AtATime = 10_000;

    /// <summary>The last message of each row; a row that was gone is there again.</summary>
    public async Task Remember(IReadOnlyList<(long Key, string MessageId)> taken, CancellationToken ct)
    {
        if (taken.Count == 0) return;
        await using var command = database.CreateCommand(
            """
            insert into adapters.sql_view_key (source_id, row_key, message_id)
            select $1, row_key, (array_agg(message_id order by nr desc))[1] from unnest($2::bigint[], $3::text[]) with ordinality as taken (row_key, message_id, nr) group by row_key
            on conflict (source_id, row_key) do update set message_id = excluded.message_id, gone_at = null
            """);
        command.Parameters.Add(new() { Value = sourceId });
        command.Parameters.Add(new() { Value = taken.Select(one => one.Key).ToArray() });
        command.Parameters.Add(new() { Value = taken.Select(one => one.MessageId).ToArray() });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>All rows not known to be gone, by key.</summary>
    public async Task<SortedDictionary<long, string>> Standing(CancellationToken ct)
    {
        SortedDictionary<long, string> standing = [];
        for (long? after = long.MinValue; after is not null;)
        {
            await using var command = database.CreateCommand("select row_key, message_id from adapters.sql_view_key where source_id = $1 and gone_at is null and row_key > $2 order by row_key limit $3");
            foreach (var value in new object[] { sourceId, after.Value, AtATime }) command.Parameters.Add(new() { Value = value });
            var count = 0;
            await using var reader = await command.ExecuteReaderAsync(ct);
            for (; await reader.ReadAsync(ct); count++) standing[(after = reader.GetInt64(0)).Value] = reader.GetString(1);
            if (count < AtATime) after = null;
        }

        return standing;
    }

    public async Task MarkGone(long key, DateTimeOffset at, CancellationToken ct)
    {
        await using var command = database.CreateCommand("update adapters.sql_view_key set gone_at = $3 where source_id = $1 and row_key = $2");
        command.Parameters.Add(new() { Value = sourceId });
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = at.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(ct);
    }
}
