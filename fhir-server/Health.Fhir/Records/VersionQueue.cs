using Health.Contracts;
using Health.Fhir.Search;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>A version as it is stored, not opened.</summary>
internal sealed record StoredVersion(long Rid, string StreamId, long Version, long Sequence, string EventName, byte[] Bytes, string Institution);

/// <summary>
/// Single reads share statements: what is asked while a statement runs goes into the next one, callers with the same filter into the same
/// SELECT. An answer is at least as new as its question.
/// </summary>
internal sealed class VersionQueue : IDisposable
{
    private const int AtOnce = 64, Statements = 1;

    private static readonly string
        Current = Keys("bigint") + " join events.mt_events e on e.seq_id = r.seq where ",
        OfNumber = Keys("bigint") + " join events.mt_events e on e.stream_id = k.type || '/' || k.id and e.version = k.at where ",
        AsOfSequence = Keys("bigint") + Past("seq_id"),
        AsOfInstant = Keys("timestamptz") + Past("timestamp");

    private readonly StandingConnection<NpgsqlConnection>[] connections;
    private readonly Coalescer<Question> questions;

    public VersionQueue(NpgsqlDataSource database)
    {
        connections = [.. Enumerable.Range(0, Statements).Select(_ => new StandingConnection<NpgsqlConnection>(database))];
        questions = new Coalescer<Question>(Statements, AtOnce, Answer);
    }

    private sealed record Question(string Type, string Id, object At, string Sql, List<object> FilterValues, TaskCompletionSource<StoredVersion?> Found)
    {
        public bool IsLike(Question other)
        {
            if (Sql != other.Sql || At.GetType() != other.At.GetType()) return false;
            for (var i = FirstOfFilter; i < FilterValues.Count; i++)
                if (!Same(FilterValues[i], other.FilterValues[i])) return false;
            return true;
        }

        private static bool Same(object one, object other) => one is string[] many ? ReferenceEquals(one, other) || other is string[] others && many.AsSpan().SequenceEqual(others) : one.Equals(other);
    }

    /// <summary>Parameters before those of the filter: types, ids, moments.</summary>
    private const int FirstOfFilter = 3;

    /// <summary>The current version; null when there is none or the filter hides it.</summary>
    public Task<StoredVersion?> Find(string type, string id, AccessFilter filter, CancellationToken ct) => Ask(type, id, 0L, Current, filter, ct);

    public Task<StoredVersion?> FindVersion(string type, string id, long version, AccessFilter filter, CancellationToken ct) => Ask(type, id, version, OfNumber, filter, ct);

    public Task<StoredVersion?> FindAsOf(string type, string id, AsOf asOf, AccessFilter filter, CancellationToken ct) =>
        Ask(type, id, asOf.Value, asOf.Value is long ? AsOfSequence : AsOfInstant, filter, ct);

    private Task<StoredVersion?> Ask(string type, string id, object at, string sql, AccessFilter filter, CancellationToken ct)
    {
        List<object> values = ["", "", ""];
        var question = new Question(type, id, at, sql + AccessFilterSql.Compile(filter, values), values, new TaskCompletionSource<StoredVersion?>());
        questions.Add(question);
        return question.Found.Task.WaitAsync(ct);
    }

    public void Dispose()
    {
        foreach (var connection in connections) connection.Dispose();
    }

    private async Task Answer(int place, IReadOnlyList<Question> asked)
    {
        try
        {
            var groups = Groups(asked);
            await using var batch = new NpgsqlBatch(await connections[place].Open());
            foreach (var group in groups) batch.BatchCommands.Add(Command(group));
            var found = new StoredVersion?[asked.Count];
            await using (var reader = await batch.ExecuteReaderAsync(CancellationToken.None))
                foreach (var group in groups)
                {
                    while (await reader.ReadAsync(CancellationToken.None))
                        found[group[(int)reader.GetInt64(0) - 1].Index] = new StoredVersion(
                            reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetString(5), reader.GetFieldValue<byte[]>(6), reader.GetString(7));
                    await reader.NextResultAsync(CancellationToken.None);
                }

            // Readers go on here, one after the other, until each waits for its audit fact: waking a thread for each costs more than they do.
            for (var i = 0; i < asked.Count; i++) asked[i].Found.SetResult(found[i]);
        }
        catch (Exception e)
        {
            foreach (var question in asked) question.Found.TrySetException(e);
        }
    }

    private static string Keys(string moment) =>
        "select k.n, r.rid, e.stream_id, e.version, e.seq_id, e.type, e.bdata, r.institution "
        + $"from unnest($1::text[], $2::text[], $3::{moment}[]) with ordinality as k(type, id, at, n) join fhir.resource r on r.type = k.type and r.id = k.id";

    private static string Past(string column) =>
        $" cross join lateral (select * from events.mt_events p where p.stream_id = k.type || '/' || k.id and p.{column} <= k.at order by p.version desc limit 1) e where ";

    private static List<List<(int Index, Question Question)>> Groups(IReadOnlyList<Question> asked)
    {
        List<List<(int, Question)>> groups = [];
        for (var i = 0; i < asked.Count; i++)
        {
            var group = groups.Find(group => group[0].Item2.IsLike(asked[i]));
            if (group is null) groups.Add(group = []);
            group.Add((i, asked[i]));
        }

        return groups;
    }

    private static NpgsqlBatchCommand Command(List<(int Index, Question Question)> group)
    {
        var first = group[0].Question;
        var command = new NpgsqlBatchCommand(first.Sql);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = group.ConvertAll(one => one.Question.Type).ToArray() });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = group.ConvertAll(one => one.Question.Id).ToArray() });
        command.Parameters.Add(first.At is long
            ? new NpgsqlParameter<long[]> { TypedValue = group.ConvertAll(one => (long)one.Question.At).ToArray() }
            : new NpgsqlParameter<DateTime[]> { TypedValue = group.ConvertAll(one => (DateTime)one.Question.At).ToArray() });
        for (var i = FirstOfFilter; i < first.FilterValues.Count; i++) command.Parameters.Add(new NpgsqlParameter { Value = first.FilterValues[i] });
        return command;
    }
}
