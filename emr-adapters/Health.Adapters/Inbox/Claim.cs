using Npgsql;
using NpgsqlTypes;

namespace Health.Adapters.Inbox;

/// <summary>
/// Rows that a worker takes, oldest first. The locks end with the transaction, so a worker that dies gives its rows back at once. No row is taken while an earlier
/// one of its patients is unfinished elsewhere: held by another worker, or put off. Messages of one patient within the claim follow one another (see the worker).
/// </summary>
/// <param name="PutOff">Rows wait for one that was put off until some time, and were put off until then too: commit, even where there is nothing to process.</param>
internal sealed record Claim(IReadOnlyList<ClaimedMessage> Messages, bool PutOff)
{
    /// <summary>So many sealed bytes are held in memory at once, or one message.</summary>
    private const long MostBytes = 32 * 1024 * 1024;

    private const string CandidatesText =
        """
        select position, order_key || coalesce(more_order_keys, '{}'), octet_length(sealed_body)
        from adapters.inbox where state = 'received' and (attempts > 0) = $3 and (next_attempt_at is null or next_attempt_at <= $1)
        order by position limit $2 for update skip locked
        """;

    /// <summary>Unfinished rows before the candidates, not among them, of the same patients: as their first key or as one of more.</summary>
    private const string BlockersText =
        """
        select mine.position, max(earlier.next_attempt_at)
        from unnest($1, $2) as mine (position, key) join adapters.inbox as earlier
            on earlier.state = 'received' and earlier.order_key = mine.key and earlier.position < mine.position and earlier.position <> all ($3)
        group by 1
        union all
        select mine.position, max(earlier.next_attempt_at)
        from unnest($1, $2) as mine (position, key) join adapters.inbox as earlier
            on earlier.state = 'received' and earlier.more_order_keys is not null and mine.key = any (earlier.more_order_keys)
                and earlier.position < mine.position and earlier.position <> all ($3)
        group by 1
        """;

    private sealed record Candidate(long Position, Guid[] Keys);

    /// <param name="isRetry">Rows that were tried before, or only fresh ones.</param>
    public static async Task<Claim> Take(NpgsqlConnection connection, DateTimeOffset now, int most, bool isRetry, CancellationToken ct)
    {
        var candidates = await Candidates(connection, now, most, isRetry, ct);
        if (candidates.Count == 0) return new Claim([], false);
        var blockers = await Blockers(connection, candidates, ct);
        var (free, blocked) = Part(candidates, blockers);
        var putOff = blocked.Where(one => one.Until > now).ToList();
        if (putOff.Count > 0) await PutOffUntil(connection, putOff, ct);
        return new Claim(free.Count == 0 ? [] : await Load(connection, free, ct), putOff.Count > 0);
    }

    private static async Task<List<Candidate>> Candidates(NpgsqlConnection connection, DateTimeOffset now, int most, bool isRetry, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(CandidatesText, connection)
        {
            Parameters = { new() { Value = now.UtcDateTime }, new() { Value = most }, new() { Value = isRetry } },
        };
        List<Candidate> found = [];
        var bytes = 0L;
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            bytes += reader.GetInt32(2);
            // The rest stays locked until the end of the transaction, and waits.
            if (found.Count > 0 && bytes > MostBytes) break;
            found.Add(new Candidate(reader.GetInt64(0), reader.GetFieldValue<Guid[]>(1)));
        }

        return found;
    }

    /// <summary>The candidates that have to wait, and until when the longest of what they wait for was put off; null: it is being worked on.</summary>
    private static async Task<Dictionary<long, DateTimeOffset?>> Blockers(NpgsqlConnection connection, List<Candidate> candidates, CancellationToken ct)
    {
        var pairs = candidates.SelectMany(one => one.Keys.Select(key => (one.Position, Key: key))).ToList();
        await using var command = new NpgsqlCommand(BlockersText, connection)
        {
            Parameters =
            {
                InboxSql.Column(pairs, pair => pair.Position, NpgsqlDbType.Bigint), InboxSql.Column(pairs, pair => pair.Key, NpgsqlDbType.Uuid),
                InboxSql.Column(candidates, one => one.Position, NpgsqlDbType.Bigint),
            },
        };
        var found = new Dictionary<long, DateTimeOffset?>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var until = await reader.IsDBNullAsync(1, ct) ? (DateTimeOffset?)null : reader.GetFieldValue<DateTimeOffset>(1);
            found[reader.GetInt64(0)] = found.TryGetValue(reader.GetInt64(0), out var known) && known > until ? known : until;
        }

        return found;
    }

    /// <summary>Who waits makes the later ones of the same patients wait too.</summary>
    private static (List<Candidate> Free, List<(long Position, DateTimeOffset? Until)> Blocked) Part(List<Candidate> candidates, Dictionary<long, DateTimeOffset?> blockers)
    {
        List<Candidate> free = [];
        List<(long, DateTimeOffset?)> blocked = [];
        var waiting = new Dictionary<Guid, DateTimeOffset?>();
        foreach (var one in candidates)
        {
            var isBlocked = blockers.TryGetValue(one.Position, out var until);
            foreach (var key in one.Keys)
            {
                if (!waiting.TryGetValue(key, out var earlier)) continue;
                isBlocked = true;
                if (until is null || earlier > until) until = earlier;
            }

            if (!isBlocked)
            {
                free.Add(one);
                continue;
            }

            blocked.Add((one.Position, until));
            foreach (var key in one.Keys) waiting[key] = until;
        }

        return (free, blocked);
    }

    private static async Task PutOffUntil(NpgsqlConnection connection, List<(long Position, DateTimeOffset? Until)> rows, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("update adapters.inbox set next_attempt_at = row.at from unnest($1, $2) as row (position, at) where inbox.position = row.position", connection)
        {
            Parameters =
            {
                InboxSql.Column(rows, row => row.Position, NpgsqlDbType.Bigint), InboxSql.Column(rows, row => row.Until!.Value.UtcDateTime, NpgsqlDbType.TimestampTz),
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<List<ClaimedMessage>> Load(NpgsqlConnection connection, List<Candidate> free, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"select {ClaimedMessage.Columns}, position from adapters.inbox where position = any($1) order by position", connection)
        {
            Parameters = { InboxSql.Column(free, one => one.Position, NpgsqlDbType.Bigint) },
        };
        var keys = free.ToDictionary(one => one.Position, one => one.Keys);
        List<ClaimedMessage> loaded = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) loaded.Add(ClaimedMessage.Read(reader) with { OrderKeys = keys[reader.GetInt64(ClaimedMessage.ColumnCount)] });
        return loaded;
    }
}
