using Npgsql;
using NpgsqlTypes;

namespace Health.Adapters.Sources;

/// <summary>
/// How far a view has been read, in the platform's database. It moves after the rows behind it are durable in the inbox; a crash between
/// the two reads them again, and the inbox knows them by their control id.
/// </summary>
internal sealed class SqlViewWatermark(NpgsqlDataSource database, string sourceId)
{
    public async Task<SqlViewPosition> Read(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select updated_at, row_key from adapters.sql_view_watermark where source_id = $1");
        command.Parameters.Add(new() { Value = sourceId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new SqlViewPosition(reader.GetDateTime(0), reader.GetInt64(1)) : SqlViewPosition.Start;
    }

    /// <summary>Which of the rows were not read before.</summary>
    public async Task<IReadOnlyList<SqlViewRow>> News(IReadOnlyList<SqlViewRow> rows, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select asked.nr from unnest($2::bigint[], $3::text[]) with ordinality as asked (row_key, row_hash, nr)
            where not exists (select from adapters.sql_view_read as seen where seen.source_id = $1 and seen.row_key = asked.row_key and seen.row_hash = asked.row_hash)
            order by asked.nr
            """);
        command.Parameters.Add(new() { Value = sourceId });
        command.Parameters.Add(new() { Value = rows.Select(row => row.Key).ToArray() });
        command.Parameters.Add(new() { Value = rows.Select(row => row.Hash).ToArray() });
        var news = new List<SqlViewRow>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) news.Add(rows[(int)reader.GetInt64(0) - 1]);
        return news;
    }

    /// <summary>Remembers the rows, forgets those before <paramref name="oldest"/>, moves the mark (never back): one transaction.</summary>
    public async Task Advance(SqlViewPosition to, IReadOnlyList<SqlViewRow> read, DateTime oldest, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    insert into adapters.sql_view_read (source_id, row_key, row_hash, updated_at)
                    select $1, * from unnest($2::bigint[], $3::text[], $4::timestamptz[]) on conflict do nothing
                    """)
                {
                    Parameters =
                    {
                        new() { Value = sourceId }, new() { Value = read.Select(row => row.Key).ToArray() }, new() { Value = read.Select(row => row.Hash).ToArray() },
                        new() { Value = read.Select(row => row.UpdatedAt).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                    },
                },
                new("delete from adapters.sql_view_read where source_id = $1 and updated_at < $2")
                {
                    Parameters = { new() { Value = sourceId }, new() { Value = oldest, NpgsqlDbType = NpgsqlDbType.TimestampTz } },
                },
                new("""
                    insert into adapters.sql_view_watermark (source_id, updated_at, row_key) values ($1, $2, $3)
                    on conflict (source_id) do update set updated_at = excluded.updated_at, row_key = excluded.row_key
                    where (excluded.updated_at, excluded.row_key) > (sql_view_watermark.updated_at, sql_view_watermark.row_key)
                    """)
                {
                    Parameters = { new() { Value = sourceId }, new() { Value = to.UpdatedAt, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = to.Key } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(ct);
    }
}
