using Health.Contracts;
using Health.Fhir.Search;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>The door for modules that follow the records: <see cref="IRecordFeed"/>.</summary>
public sealed class RecordFeed(NpgsqlDataSource database, RecordBodies bodies, RecordCommitter committer) : IRecordFeed
{
    private const string HorizonText = "select coalesce(max(seq_id), 0) from events.mt_events";
    private static readonly string[] EventNames = [ResourceCreated.Name, ResourceUpdated.Name, ResourceDeleted.Name];

    private sealed record Row(long Sequence, string Stream, long Version, string EventName, ResourceEvent Event);

    public event Action? Committed
    {
        add => committer.Committed += value;
        remove => committer.Committed -= value;
    }

    public async ValueTask<long> Horizon(CancellationToken ct)
    {
        await using var command = database.CreateCommand(HorizonText);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    public async ValueTask<RecordFeedPage> After(
        long sequence, IReadOnlyList<string> resourceTypes, AccessFilter filter, int most, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var (horizon, rows) = await Read(sequence, resourceTypes, filter, most + 1, ct);
        var hasMore = rows.Count > most;
        if (hasMore) rows = Whole(rows, most);
        var records = new List<LoggedRecord>(rows.Count);
        foreach (var row in rows)
        {
            var (type, id) = (row.Stream[..row.Stream.IndexOf('/')], row.Stream[(row.Stream.IndexOf('/') + 1)..]);
            var json = await bodies.Open(type, id, row.Version, row.Event, ct);
            records.Add(new LoggedRecord(row.Sequence, type, id, row.Version, row.Event.InstitutionCode, row.Event.ResidentId, row.Event.LastUpdated, json));
        }

        return new RecordFeedPage(records, hasMore ? rows[^1].Sequence : horizon, hasMore);
    }

    /// <summary>Back to the end of the last commit that is there completely; a commit longer than a page is divided after all.</summary>
    private static List<Row> Whole(List<Row> rows, int most)
    {
        var end = most;
        while (end > 0 && rows[end - 1].Event.LastUpdated == rows[most].Event.LastUpdated) end--;
        return rows[..(end == 0 ? most : end)];
    }

    /// <summary>The horizon and what the log holds up to it; one round trip.</summary>
    private async Task<(long Horizon, List<Row> Rows)> Read(long sequence, IReadOnlyList<string> resourceTypes, AccessFilter filter, int most, CancellationToken ct)
    {
        List<object> parameters = [sequence, EventNames, resourceTypes.ToArray(), most];
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(HorizonText));
        var command = new NpgsqlBatchCommand(
            $"""
            select e.seq_id, e.stream_id, e.version, e.type, e.bdata
            from events.mt_events e join fhir.resource r on r.type = split_part(e.stream_id, '/', 1) and r.id = split_part(e.stream_id, '/', 2)
            where e.seq_id > $1 and e.type = any($2) and split_part(e.stream_id, '/', 1) = any($3) and {AccessFilterSql.Compile(filter, parameters)}
            order by e.seq_id limit $4
            """);
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var horizon = reader.GetInt64(0);
        await reader.NextResultAsync(ct);
        List<Row> rows = [];
        while (await reader.ReadAsync(ct))
        {
            // The second statement may see more than the first.
            if (reader.GetInt64(0) > horizon) break;
            var name = reader.GetString(3);
            rows.Add(new Row(reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), name, ResourceEventFormat.Read(reader.GetFieldValue<byte[]>(4), name)));
        }

        return (horizon, rows);
    }
}
