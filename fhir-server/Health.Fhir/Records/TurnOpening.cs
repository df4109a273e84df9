using System.Text.Json;
using Health.Contracts;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>
/// What a commit starts from, read in one round trip once the turn of the log is its own: the next sequence and rid, the current rows of what is
/// written, the outcomes of business keys that were committed before. Nobody else draws from the two sequences while the turn is held, so
/// their numbers are counted on in memory and set once in the commit.
/// </summary>
/// <param name="Sequence">The last sequence that was drawn.</param>
/// <param name="Rid">The last rid that was drawn.</param>
internal sealed record TurnOpening(long Sequence, long Rid, IReadOnlyList<ResourceRow> Rows, IReadOnlyDictionary<string, IReadOnlyList<RecordOutcome>> Known)
{
    private const string Counters =
        """
        select case when e.is_called then e.last_value else e.last_value - 1 end, case when r.is_called then r.last_value else r.last_value - 1 end
        from events.mt_events_sequence e, fhir.resource_rid_seq r
        """;

    /// <summary>SQLSTATE of a commit whose numbers somebody else has drawn.</summary>
    public const string NotAsForeseen = "FH001";

    /// <summary>Nothing was read, and the turn is not taken yet: the commit begins with <see cref="Foreseen"/>.</summary>
    public bool IsForeseen { get; private init; }

    /// <summary>
    /// Draws a number. For whoever changes in its turn what writers do (the parameters of search, the dictionary of texts) without appending: a commit that was made
    /// ready before is then not as foreseen, and is made again.
    /// </summary>
    public const string Disturb = "select nextval('fhir.resource_rid_seq')";

    private const string KnownBatches = "select batch_key, outcome::text from fhir.batch where batch_key = any($1)";

    public static async Task<TurnOpening> Take(NpgsqlConnection connection, IReadOnlyCollection<(string Type, string Id)> resources, string[] batchKeys, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(EventLog.TakeTurnSql));
        // Each statement sees what was committed before it began, so these see all of the turn before.
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Counters));
        if (resources.Count > 0) batch.BatchCommands.Add(RecordTables.SelectOf(resources));
        if (batchKeys.Length > 0) batch.BatchCommands.Add(new NpgsqlBatchCommand(KnownBatches) { Parameters = { new() { Value = batchKeys } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        var (sequence, rid) = (reader.GetInt64(0), reader.GetInt64(1));
        IReadOnlyList<ResourceRow> rows = [];
        if (resources.Count > 0)
        {
            await reader.NextResultAsync(ct);
            rows = await RecordTables.ReadRows(reader, ct);
        }

        var known = new Dictionary<string, IReadOnlyList<RecordOutcome>>();
        if (batchKeys.Length > 0)
        {
            await reader.NextResultAsync(ct);
            while (await reader.ReadAsync(ct)) known[reader.GetString(0)] = JsonSerializer.Deserialize<RecordOutcome[]>(reader.GetString(1))!;
        }

        return new TurnOpening(sequence, rid, rows, known);
    }

    /// <summary>What a commit starts from if nobody else draws numbers before its turn.</summary>
    public static TurnOpening Foresee(long sequence, long rid) => new(sequence, rid, [], new Dictionary<string, IReadOnlyList<RecordOutcome>>()) { IsForeseen = true };

    /// <summary>Takes the turn, and ends the transaction before it wrote anything where the numbers are others.</summary>
    public IEnumerable<NpgsqlBatchCommand> Foreseen() =>
    [
        new("begin"), new(EventLog.TakeTurnSql), new("select fhir.expect_counters($1, $2)") { Parameters = { new() { Value = Sequence }, new() { Value = Rid } } },
    ];

    /// <summary>Sets the counters to what was used of them.</summary>
    public static NpgsqlBatchCommand Close(long sequence, long rid) => new("select setval('events.mt_events_sequence', $1), setval('fhir.resource_rid_seq', $2)")
    {
        Parameters = { new() { Value = sequence }, new() { Value = rid } },
    };
}
