using Health.Contracts;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>Writes the index rows of a commit, in the commit's own transaction: one statement per table whatever the number of resources.</summary>
public sealed class SearchIndex(SearchKeys keys, Blinding blinding, Extractor extractor, SearchTerms terms)
{
    /// <summary>The schema of the live index.</summary>
    public const string Live = "fhir";

    /// <summary>
    /// Makes the rows of bodies that are about to be written, for whoever received them: nothing of it needs the turn of the log. The function may be
    /// called by several threads.
    /// </summary>
    public async ValueTask<Func<string, ReadOnlyMemory<byte>, IndexRows>> Preparer(CancellationToken ct)
    {
        var known = await keys.Load(ct);
        return (resourceType, json) => IndexRows.Of(resourceType, json, extractor, blinding, known);
    }

    /// <summary>Looks up, before the turn of the log, which of the texts beside the codes of prepared rows are entered already.</summary>
    public ValueTask Learn(IEnumerable<IndexRows> prepared, CancellationToken ct)
    {
        HashSet<SearchTerm> said = [.. prepared.SelectMany(rows => rows.Terms)];
        return said.Count == 0 ? default : terms.Learn(said, ct);
    }

    /// <summary>The statements that index a commit, for its own batch.</summary>
    /// <param name="isForeseen">The turn of the log is still to be taken, in this batch.</param>
    public async ValueTask<IReadOnlyList<NpgsqlBatchCommand>> Commands(string schema, IReadOnlyList<IndexedWrite> writes, bool isForeseen, CancellationToken ct)
    {
        if (writes.Count == 0) return [];
        var known = await keys.Load(ct);
        var batch = new IndexBatch(schema);
        Dictionary<long, long> following = [];
        foreach (var write in writes.OrderByDescending(w => w.Sequence))
        {
            AddRows(batch, write, following.TryGetValue(write.Rid, out var next) ? next : null, known);
            following[write.Rid] = write.Sequence;
        }

        var superseding = writes.Where(write => write.Version > 1 && following[write.Rid] == write.Sequence).ToList();
        List<NpgsqlBatchCommand> commands = [];
        if (superseding.Count > 0) commands.AddRange(Supersede(schema, superseding));
        commands.AddRange(batch.Inserts());
        if (terms.Enter(batch.Terms, isInTurn: schema == Live, isForeseen) is { } entries) commands.Add(entries);
        return commands;
    }

    /// <summary>Writes index rows by themselves: into a schema where the index is rebuilt, or of what a loader brings.</summary>
    public async Task Write(NpgsqlConnection connection, NpgsqlTransaction? transaction, string schema, IReadOnlyList<IndexedWrite> writes, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var command in await Commands(schema, writes, isForeseen: false, ct)) batch.BatchCommands.Add(command);
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Writes the rows of one parameter alone, of versions that are there already: current where no version follows.</summary>
    internal async Task Write(NpgsqlConnection connection, NpgsqlTransaction transaction, string parameter, IReadOnlyList<(IndexedWrite Write, long? Next)> versions, CancellationToken ct)
    {
        var known = await keys.Load(ct);
        var rows = new IndexBatch(Live);
        foreach (var (write, next) in versions)
        {
            if (write.Deleted) continue;
            rows.Add(IndexRows.Of(write.ResourceType, write.Json, extractor, blinding, known, parameter), write.Rid, write.Sequence, next);
        }
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var insert in rows.Inserts()) batch.BatchCommands.Add(insert);
        if (terms.Enter(rows.Terms, isInTurn: true, isForeseen: false) is { } entries) batch.BatchCommands.Add(entries);
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
    }

    private void AddRows(IndexBatch batch, IndexedWrite write, long? supersededAt, IReadOnlyDictionary<(string Type, string Param), short> known)
    {
        if (write.Deleted) return;
        if (known.TryGetValue((write.ResourceType, "_lastUpdated"), out var key))
        {
            var updated = write.LastUpdated.UtcDateTime;
            updated = updated.AddTicks(-(updated.Ticks % TimeSpan.TicksPerMillisecond));
            batch.Add(new IndexRow(IndexTable.Date, key, [updated, updated.AddMilliseconds(1)]), write.Rid, write.Sequence, supersededAt);
        }

        // What was prepared before a search parameter came or went is prepared again: whoever indexes that parameter counts on every commit from here on.
        var rows = write.Rows is { } prepared && ReferenceEquals(prepared.Parameters, extractor.Catalogue.Version)
            ? prepared
            : IndexRows.Of(write.ResourceType, write.Json, extractor, blinding, known);
        batch.Add(rows, write.Rid, write.Sequence, supersededAt);
    }

    /// <summary>
    /// Removes every index row of a resident's resources, current and past: the part of an erasure that destroying the key cannot do.
    /// Runs in the eraser's transaction and takes the turn of the log, so that no rebuild brings the rows back.
    /// </summary>
    public static async Task PurgeResident(NpgsqlConnection connection, NpgsqlTransaction transaction, string residentId, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(EventLog.TakeTurnSql));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Records.TurnOpening.Disturb));
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

    private static IEnumerable<NpgsqlBatchCommand> Supersede(string schema, List<IndexedWrite> changed)
    {
        var rids = changed.Select(w => w.Rid).ToArray();
        var sequences = changed.Select(w => w.Sequence).ToArray();
        return IndexTable.All.Select(table => new NpgsqlBatchCommand(table.SupersedeSql(schema))
        {
            Parameters = { new NpgsqlParameter { Value = rids }, new NpgsqlParameter { Value = sequences } },
        });
    }
}
