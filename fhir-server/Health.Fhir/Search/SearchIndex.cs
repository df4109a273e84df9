using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.Fhir.Search;

/// <summary>Writes the index rows of a commit, in the commit's own transaction: one statement per table whatever the number of resources.</summary>
public sealed class SearchIndex(SearchKeys keys, Blinding blinding, Extractor extractor, SearchTerms terms)
{
    /// <summary>The schema of the live index.</summary>
    public const string Live = "fhir";

    public Task Write(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<IndexedWrite> writes, CancellationToken ct) =>
        Write(connection, transaction, Live, writes, ct);

    /// <summary>The same into another schema, where the index is rebuilt.</summary>
    internal async Task Write(NpgsqlConnection connection, NpgsqlTransaction? transaction, string schema, IReadOnlyList<IndexedWrite> writes, CancellationToken ct)
    {
        if (writes.Count == 0) return;
        var rows = new IndexRows(blinding, await keys.Load(ct));
        Dictionary<long, long> following = [];
        List<IndexedWrite> firstOfResource = [];
        foreach (var write in writes.OrderByDescending(w => w.Sequence))
        {
            rows.Add(write, following.TryGetValue(write.Rid, out var next) ? next : null, extractor);
            following[write.Rid] = write.Sequence;
        }
        foreach (var write in writes)
            if (write.Version > 1 && following[write.Rid] == write.Sequence) firstOfResource.Add(write);

        await using var batch = new NpgsqlBatch(connection, transaction);
        if (firstOfResource.Count > 0) AddSupersede(batch, schema, firstOfResource);
        foreach (var (table, past, arrays) in rows.Filled)
        {
            var insert = new NpgsqlBatchCommand(table.InsertSql(schema, past));
            foreach (var array in arrays) insert.Parameters.Add(ParameterOf(array));
            batch.BatchCommands.Add(insert);
        }
        if (await terms.Enter(connection, transaction, rows.Terms, ct) is { } entries) batch.BatchCommands.Add(entries);
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>
    /// Removes every index row of a resident's resources, current and past: the part of an erasure that destroying the key cannot do.
    /// Runs in the eraser's transaction and takes the turn of the log, so that no rebuild brings the rows back.
    /// </summary>
    public static async Task PurgeResident(NpgsqlConnection connection, NpgsqlTransaction transaction, string residentId, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(EventLog.TakeTurnSql));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("insert into fhir.search_purge (resident, seq) select $1, coalesce(max(seq_id), 0) from events.mt_events")
        {
            Parameters = { new NpgsqlParameter { Value = residentId } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(TakeTerms) { Parameters = { new NpgsqlParameter { Value = residentId } } });
        foreach (var name in IndexTable.All.SelectMany(table => new[] { table.Name, $"{table.Name}_past" }))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"delete from fhir.{name} where rid in (select rid from fhir.resource where resident = $1)")
            {
                Parameters = { new NpgsqlParameter { Value = residentId } },
            });
        }
        batch.BatchCommands.Add(new NpgsqlBatchCommand(DropTerms));
        await batch.ExecuteNonQueryAsync(ct);
    }

    // Texts beside codes that were said of this resident alone go too.
    private const string TakeTerms =
        """
        create temp table erased_term on commit drop as
        select distinct x.key, x.value, x.text from (select rid, key, value, text from fhir.search_token union all select rid, key, value, text from fhir.search_token_past) x
        where x.text is not null and x.rid in (select rid from fhir.resource where resident = $1)
        """;

    private const string DropTerms =
        """
        delete from fhir.search_term t using erased_term e where t.key = e.key and t.value = e.value and t.text = e.text
            and not exists (select 1 from fhir.search_token x where x.key = e.key and x.value = e.value and x.text = e.text)
            and not exists (select 1 from fhir.search_token_past x where x.key = e.key and x.value = e.value and x.text = e.text)
        """;

    private static void AddSupersede(NpgsqlBatch batch, string schema, List<IndexedWrite> changed)
    {
        var rids = changed.Select(w => w.Rid).ToArray();
        var sequences = changed.Select(w => w.Sequence).ToArray();
        foreach (var table in IndexTable.All)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(table.SupersedeSql(schema))
            {
                Parameters = { new NpgsqlParameter { Value = rids }, new NpgsqlParameter { Value = sequences } },
            });
        }
    }

    private static NpgsqlParameter ParameterOf(Array array) => array is DateTime[]
        ? new NpgsqlParameter { Value = array, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz }
        : new NpgsqlParameter { Value = array };
}
