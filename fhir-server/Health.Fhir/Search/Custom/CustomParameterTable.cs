using System.Text.Json;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>The parameters defined here as they are indexed (fhir.search_parameter).</summary>
internal static class CustomParameterTable
{
    public sealed record Row(string Name, CustomDefinition Definition, long FromSequence, long DoneRid, long Done, long Of, bool IsReady)
    {
        public CustomParameter ToCustom() => new(Name, Definition.ToParameter(), Definition.Bases, IsReady, Done, Of);
    }

    public static async Task<List<Row>> Read(NpgsqlConnection connection, CancellationToken ct)
    {
        List<Row> rows = [];
        await using var command = new NpgsqlCommand("select name, definition::text, from_seq, done_rid, done, of, ready from fhir.search_parameter order by name", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new Row(reader.GetString(0), JsonSerializer.Deserialize<CustomDefinition>(reader.GetString(1))!,
                reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetBoolean(6)));
        }
        return rows;
    }

    public static Task Add(NpgsqlConnection connection, Row row, CancellationToken ct) => Execute(
        connection, "insert into fhir.search_parameter (name, definition, from_seq, of) values ($1, $2::jsonb, $3, $4)", ct, row.Name, JsonSerializer.Serialize(row.Definition), row.FromSequence, row.Of);

    public static Task Progress(NpgsqlConnection connection, Row row, CancellationToken ct) => Execute(
        connection, "update fhir.search_parameter set done_rid = $2, done = $3, ready = $4 where name = $1", ct, row.Name, row.DoneRid, row.Done, row.IsReady);

    /// <summary>The parameter with all its rows.</summary>
    public static async Task Remove(NpgsqlConnection connection, Row row, CancellationToken ct)
    {
        foreach (var table in IndexTable.All.SelectMany(table => new[] { table.Name, $"{table.Name}_past" }).Append("search_term"))
        {
            await Execute(connection, $"delete from fhir.{table} where key in (select id from fhir.search_key where param = $1 and type = any($2))", ct, row.Definition.Code, row.Definition.Bases.ToArray());
        }
        await Execute(connection, "delete from fhir.search_parameter where name = $1", ct, row.Name);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }
}
