using Npgsql;

namespace Health.Fhir.Search;

/// <summary>
/// The dictionary of texts beside codes, by every beginning of each (fhir.search_term): <c>:text</c> is a left match, and no text may stand in the database in
/// clear. A text is entered once, so a resource that says what others said before costs nothing here.
/// </summary>
public sealed class SearchTerms(NpgsqlDataSource database, Blinding blinding)
{
    private const int Remembered = 50_000;

    private const string Insert =
        """
        insert into fhir.search_term (key, prefix, value, text) select * from unnest($1::smallint[], $2::bigint[], $3::uuid[], $4::bigint[]) on conflict do nothing
        """;

    private const string Committed =
        """
        select u.key, u.value, u.text from unnest($1::smallint[], $2::uuid[], $3::bigint[]) u(key, value, text)
        where exists (select 1 from fhir.search_term t where t.key = u.key and t.value = u.value and t.text = u.text)
        """;

    private readonly Lock guard = new();
    private HashSet<(short, Guid, long)> known = [];
    private long generation;
    private bool isErasing;

    /// <summary>Looks up which of these are entered already: before the turn of the log, on a connection of its own, so that only what is committed counts.</summary>
    public async ValueTask Learn(IReadOnlyCollection<SearchTerm> terms, CancellationToken ct)
    {
        var (unknown, asOf) = Unknown(terms);
        if (unknown.Count == 0) return;
        await using var command = database.CreateCommand(Committed);
        command.Parameters.Add(new() { Value = unknown.Select(term => term.Key).ToArray() });
        command.Parameters.Add(new() { Value = unknown.Select(term => term.Value).ToArray() });
        command.Parameters.Add(new() { Value = unknown.Select(term => term.Text).ToArray() });
        List<(short, Guid, long)> found = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) found.Add((reader.GetInt16(0), reader.GetGuid(1), reader.GetInt64(2)));
        lock (guard)
        {
            // An erasure between question and answer may have taken them out again.
            if (asOf != generation) return;
            if (known.Count + found.Count > Remembered) known = [];
            known.UnionWith(found);
        }
    }

    /// <summary>What enters those that are not known to be there; null for none. Belongs into the transaction of their rows.</summary>
    /// <param name="isInTurn">The caller has the turn of the log, or <paramref name="isForeseen"/>. A rebuild has not: it enters all.</param>
    /// <param name="isForeseen">It will have the turn, and will do all again should an erasure have had it meanwhile (<see cref="Records.TurnOpening.Disturb"/>).</param>
    public NpgsqlBatchCommand? Enter(IReadOnlyCollection<SearchTerm> terms, bool isInTurn, bool isForeseen)
    {
        bool isTrusted;
        lock (guard)
        {
            // The turn came back from an erasure: whether it was committed or not, what was learned meanwhile may be gone.
            if (isErasing && isInTurn && !isForeseen) (isErasing, generation, known) = (false, generation + 1, []);
            isTrusted = isInTurn && !isErasing;
        }
        var unknown = isTrusted ? Unknown(terms).Unknown : terms;
        if (unknown.Count == 0) return null;
        List<(short Key, long Prefix, Guid Value, long Text)> rows = [];
        foreach (var term in unknown)
            for (var length = 1; length <= term.Folded.Length; length++) rows.Add((term.Key, blinding.Text(term.Folded[..length]), term.Value, term.Text));
        return new NpgsqlBatchCommand(Insert)
        {
            Parameters =
            {
                new() { Value = rows.Select(row => row.Key).ToArray() }, new() { Value = rows.Select(row => row.Prefix).ToArray() },
                new() { Value = rows.Select(row => row.Value).ToArray() }, new() { Value = rows.Select(row => row.Text).ToArray() },
            },
        };
    }

    /// <summary>An erasure, which holds the turn of the log, is taking terms out of the dictionary.</summary>
    public void Erasing()
    {
        lock (guard) (isErasing, generation, known) = (true, generation + 1, []);
    }

    private (List<SearchTerm> Unknown, long Generation) Unknown(IReadOnlyCollection<SearchTerm> terms)
    {
        lock (guard) return ([.. terms.Where(term => !known.Contains((term.Key, term.Value, term.Text)))], generation);
    }
}
