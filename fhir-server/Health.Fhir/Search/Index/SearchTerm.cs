using Npgsql;

namespace Health.Fhir.Search;

/// <summary>A text that stands beside a code of one parameter.</summary>
/// <param name="Value">The blinded code.</param>
/// <param name="Text">Keyed hash of the whole folded text.</param>
public sealed record SearchTerm(short Key, Guid Value, long Text, string Folded)
{
    /// <summary>Characters of a text that <c>:text</c> looks at; texts that are equal so far are the same to it.</summary>
    public const int MaxCharacters = 64;

    public static string Fold(string text)
    {
        var folded = StringFolding.Fold(text.Length <= 2 * MaxCharacters ? text : text[..(2 * MaxCharacters)]);
        return folded.Length <= MaxCharacters ? folded : folded[..MaxCharacters].TrimEnd();
    }
}

/// <summary>
/// The dictionary of texts beside codes, by every beginning of each (fhir.search_term): <c>:text</c> is a left match, and no text may stand in the database in
/// clear. A text is entered once, so a resource that says what others said before costs nothing here.
/// </summary>
public sealed class SearchTerms(Blinding blinding)
{
    private const int Remembered = 50_000;

    private const string Insert =
        """
        insert into fhir.search_term (key, prefix, value, text) select * from unnest($1::smallint[], $2::bigint[], $3::uuid[], $4::bigint[]) on conflict do nothing
        """;

    private const string Committed =
        """
        select u.key, u.value, u.text from unnest($1::smallint[], $2::uuid[], $3::bigint[]) u(key, value, text)
        where exists (select 1 from fhir.search_term t where t.key = u.key and t.value = u.value and t.text = u.text and t.xmin <> pg_current_xact_id()::xid)
        """;

    private readonly Lock guard = new();
    private HashSet<(short, Guid, long)> known = [];

    /// <summary>What enters the new ones of these terms; null when all are there. Belongs into the transaction of their rows.</summary>
    public async ValueTask<NpgsqlBatchCommand?> Enter(NpgsqlConnection connection, NpgsqlTransaction? transaction, IReadOnlyCollection<SearchTerm> terms, CancellationToken ct)
    {
        var unknown = Unknown(terms);
        if (unknown.Count == 0) return null;
        await Learn(connection, transaction, unknown, ct);
        unknown = Unknown(unknown);
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

    /// <summary>Forgets what is remembered: an erasure takes terms out of the dictionary.</summary>
    public void Forget()
    {
        lock (guard) known = [];
    }

    private List<SearchTerm> Unknown(IReadOnlyCollection<SearchTerm> terms)
    {
        lock (guard) return [.. terms.Where(term => !known.Contains((term.Key, term.Value, term.Text)))];
    }

    /// <summary>Only what others committed is remembered: a term that this transaction entered is entered again if it fails.</summary>
    private async Task Learn(NpgsqlConnection connection, NpgsqlTransaction? transaction, List<SearchTerm> terms, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Committed, connection, transaction);
        command.Parameters.Add(new() { Value = terms.Select(term => term.Key).ToArray() });
        command.Parameters.Add(new() { Value = terms.Select(term => term.Value).ToArray() });
        command.Parameters.Add(new() { Value = terms.Select(term => term.Text).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            lock (guard)
            {
                if (known.Count >= Remembered) known = [];
                known.Add((reader.GetInt16(0), reader.GetGuid(1), reader.GetInt64(2)));
            }
        }
    }
}
