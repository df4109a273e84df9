using Health.Contracts;
using Health.Fhir.Records;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>
/// First pages of searches that are pinned to one identifier or one record share statements: what is asked while a statement runs goes into the next
/// one, searches of one form and one filter into the same SELECT, whose plan is made once. A page is at least as new as its question.
/// </summary>
internal sealed class SharedPages : IDisposable
{
    /// <summary>Two statements at a time, so that one over a long record does not hold up all others.</summary>
    private const int Statements = 2, AtOnce = 16;

    /// <summary>Matches of a page that is shared: the bodies of all questions of a statement are in memory at a time.</summary>
    private const int MostMatches = 50;

    private readonly SearchLimit limit;
    private readonly StandingConnection<NpgsqlConnection>[] connections;
    private readonly Coalescer<Question> questions;

    public SharedPages(NpgsqlDataSource database, SearchLimit limit)
    {
        this.limit = limit;
        connections = [.. Enumerable.Range(0, Statements).Select(_ => new StandingConnection<NpgsqlConnection>(database))];
        questions = new Coalescer<Question>(Statements, AtOnce, Answer);
    }

    /// <param name="Own">Values of this question alone.</param>
    /// <param name="Common">Values of $1, $2 …, the same for all questions of a statement: those of the filter.</param>
    private sealed record Question(SearchQuery Search, string Sql, IReadOnlyList<object> Own, IReadOnlyList<object> Common, TaskCompletionSource<SearchPage> Page)
    {
        private List<SearchHit> Hits { get; } = [];
        private PagePosition? Last { get; set; }
        private bool HasMore { get; set; }
        private long Horizon { get; set; }

        /// <summary>Nothing found yet, this time.</summary>
        public void Begin()
        {
            Hits.Clear();
            (Last, HasMore) = (null, false);
        }

        /// <summary>A row of the answer; the one beyond the page says only that there is more.</summary>
        public void Take(NpgsqlDataReader reader)
        {
            HasMore = Hits.Count == Search.Count;
            if (HasMore) return;
            Horizon = reader.GetInt64(4);
            Hits.Add(PresentPage.Hit(reader, Search.Type, isInclude: false));
            if (Hits.Count == Search.Count) Last = PresentPage.Position(reader, Search.Sort.Count);
        }

        public SearchPage ToPage() => new(Hits, [], HasMore ? null : Hits.Count, Horizon, HasMore ? new PageState(Horizon, Last!, null) : null);

        public bool IsLike(Question other) => Sql == other.Sql && Common.Zip(other.Common).All(pair => Same(pair.First, pair.Second));

        private static bool Same(object one, object other) => one is string[] many ? other is string[] others && many.AsSpan().SequenceEqual(others) : one.Equals(other);
    }

    /// <summary>Whether a query that <see cref="PresentPage.Answers"/> is answered here.</summary>
    public static bool Takes(SearchQuery search) => search.Count <= MostMatches && SearchPin.Of(search) is not null;

    /// <param name="sql">A context that <see cref="SqlContext.IsShared"/>.</param>
    public Task<SearchPage> Run(SearchQuery search, SqlContext sql, CancellationToken ct)
    {
        var page = new SearchSql(search, sql).Page(null);
        var question = new Question(search, Statement(page, search.Sort.Count, sql), sql.Own, sql.Parameters, new TaskCompletionSource<SearchPage>());
        questions.Add(question);
        return question.Page.Task.WaitAsync(ct);
    }

    public void Dispose()
    {
        foreach (var connection in connections) connection.Dispose();
    }

    private static string Statement(string page, int sortValues, SqlContext sql)
    {
        var sorts = string.Concat(Enumerable.Range(0, sortValues).Select(i => $", s{i}"));
        var arrays = string.Join(", ", sql.Own.Select((value, i) => $"${sql.Parameters.Count + 1 + i}::{TypeOf(value)}[]"));
        var names = string.Concat(Enumerable.Range(1, sql.Own.Count).Select(i => $"p{i}, "));
        return $"select p.rid, p.id, p.seq, p.resident, {PresentPage.Horizon}, e.stream_id, e.version, e.event, e.bytes{sorts}, k.n from unnest({arrays}) with ordinality k({names}n) "
            + $"cross join lateral ({page}) p(rid, id, seq, resident, type{sorts}) {PresentPage.EventOf("p.seq", PresentPage.BodyBytes)}";
    }

    private async Task Answer(int place, IReadOnlyList<Question> asked)
    {
        try
        {
            await Ask(place, asked);
        }
        catch (PostgresException) when (asked.Count > 1)
        {
            // A question the database will not take must not fail its neighbours.
            foreach (var question in asked) await Answer(place, [question]);
            return;
        }
        catch (Exception e)
        {
            foreach (var question in asked) question.Page.TrySetException(e);
            return;
        }

        // Searchers go on here, one after the other, until each waits for its audit fact: waking a thread for each costs more than they do.
        foreach (var question in asked) question.Page.SetResult(question.ToPage());
    }

    private async Task Ask(int place, IReadOnlyList<Question> asked)
    {
        var groups = Groups(asked);
        await using var batch = new NpgsqlBatch(await connections[place].Open());
        batch.BatchCommands.Add(new NpgsqlBatchCommand(limit.Guard));
        foreach (var group in groups) batch.BatchCommands.Add(Command(group));
        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
        foreach (var group in groups)
        {
            var number = PresentPage.FirstSortValue + group[0].Search.Sort.Count;
            foreach (var question in group) question.Begin();
            await reader.NextResultAsync(CancellationToken.None);
            while (await reader.ReadAsync(CancellationToken.None)) group[(int)reader.GetInt64(number) - 1].Take(reader);
        }
    }

    private static List<List<Question>> Groups(IReadOnlyList<Question> asked)
    {
        List<List<Question>> groups = [];
        foreach (var question in asked)
        {
            if (groups.Find(group => group[0].IsLike(question)) is { } group) group.Add(question);
            else groups.Add([question]);
        }

        return groups;
    }

    private static NpgsqlBatchCommand Command(List<Question> group)
    {
        var command = new NpgsqlBatchCommand(group[0].Sql);
        foreach (var value in group[0].Common) command.Parameters.Add(new NpgsqlParameter { Value = value });
        for (var i = 0; i < group[0].Own.Count; i++) command.Parameters.Add(Column(group, i));
        return command;
    }

    private static NpgsqlParameter Column(List<Question> group, int i) => group[0].Own[i] switch
    {
        Guid => Column<Guid>(group, i),
        long => Column<long>(group, i),
        double => Column<double>(group, i),
        DateTime => Column<DateTime>(group, i),
        _ => Column<string>(group, i),
    };

    private static NpgsqlParameter<T[]> Column<T>(List<Question> group, int i) => new() { TypedValue = [.. group.Select(question => (T)question.Own[i])] };

    private static string TypeOf(object value) => value switch
    {
        Guid => "uuid",
        long => "bigint",
        double => "double precision",
        DateTime => "timestamptz",
        string => "text",
        _ => throw new InvalidOperationException($"A searched value is no {value.GetType().Name}."),
    };
}
