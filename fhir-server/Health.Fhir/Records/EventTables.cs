using Npgsql;

namespace Health.Fhir.Records;

/// <summary>
/// Whether Marten's tables are the ones that <see cref="EventAppend"/> writes. A newer Marten that adds or renames a column stops the start, so
/// that no event is ever stored without it.
/// </summary>
internal static class EventTables
{
    private const string Read = "select table_name, column_name from information_schema.columns where table_schema = 'events' and table_name in ('mt_streams', 'mt_events')";

    /// <exception cref="InvalidOperationException">Columns are missing, or there are some that the append knows nothing of.</exception>
    public static async Task Check(NpgsqlDataSource database, CancellationToken ct)
    {
        var found = new List<(string Table, string Column)>();
        await using (var command = database.CreateCommand(Read))
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) found.Add((reader.GetString(0), reader.GetString(1)));
        }

        foreach (var (table, columns) in EventAppend.Columns)
        {
            var there = found.Where(column => column.Table == table).Select(column => column.Column).ToHashSet();
            if (there.SetEquals(columns)) continue;
            var missing = string.Join(", ", columns.Except(there));
            var unknown = string.Join(", ", there.Except(columns));
            throw new InvalidOperationException($"events.{table} is not the table this build appends to: missing [{missing}], unknown [{unknown}]. EventAppend must be brought up to this Marten first.");
        }
    }
}
