using Health.Cards;
using Npgsql;

namespace Health.CardBridge.Bindings;

/// <summary>The signed versions of the list. A version is made when what is blocked has changed, and every hour, so that desks see that it still holds.</summary>
public sealed class BlacklistVersions(NpgsqlDataSource database, IssuerKey issuer, TimeProvider clock)
{
    /// <summary>An unchanged list is signed anew after this; a third of a day of failures leaves desks with a list they still believe.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromHours(1);

    /// <summary>Deltas start from versions no older than this; before it the full list is fetched.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    private const long Lock = 5107000011;
    private volatile BlacklistDocument? latest;

    /// <summary>Whom desks have to believe.</summary>
    public IssuerKey Issuer => issuer;

    /// <summary>The newest version, made now if one is due. Null until the operator's list was read once: half a list would let blocked purses pay.</summary>
    public async Task<BlacklistDocument?> Publish(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Execute(connection, $"select pg_advisory_xact_lock({Lock})", [], ct);
        if (await Scalar(connection, "select read_at from cards.blacklist_source where source = 'operator'", ct) is not DateTime readAt) return null;
        var before = await Newest(connection, ct);
        var now = clock.GetUtcNow();
        // A list is as old as its older half; never older than the one before, since that was true too.
        var issuedAt = new[] { now, new DateTimeOffset(readAt, TimeSpan.Zero) }.Min();
        if (before is not null && issuedAt < before.IssuedAt) issuedAt = before.IssuedAt;
        var keys = await Blocked(connection, ct);
        var (added, removed) = (keys.Except(before?.Keys.ToArray() ?? []).ToArray(), (before?.Keys.ToArray() ?? []).Except(keys).ToArray());
        var changed = before is null || added.Length + removed.Length > 0 || before.Header.KeyId != issuer.Key.Public.Id;
        if (!changed && issuedAt - before!.IssuedAt < Renewal) return latest = before;
        var document = BlacklistDocument.Issue((before?.Version ?? 0) + 1, issuedAt, keys, issuer.Key, issuer.Delegation);
        await Execute(connection, "update cards.blacklist_version set document = null where document is not null", [], ct);
        await Execute(connection, "delete from cards.blacklist_version where issued_at < $1", [now - Kept], ct);
        await Execute(
            connection, "insert into cards.blacklist_version (version, issued_at, key_id, added, removed, document) values ($1, $2, $3, $4, $5, $6)",
            [document.Version, issuedAt, unchecked((long)document.Header.KeyId), Stored(added), Stored(removed), document.ToBytes()], ct);
        await transaction.CommitAsync(ct);
        return latest = document;
    }

    /// <summary>The newest version as committed, by whatever process; null when there is none yet.</summary>
    public async Task<BlacklistDocument?> Latest(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var version = await Scalar(connection, "select max(version) from cards.blacklist_version", ct) as long?;
        if (version is null) return null;
        if (latest is { } known && known.Version == version) return known;
        return latest = await Newest(connection, ct);
    }

    /// <summary>The way from a version to the newest; null when that version is too old, unknown, or of another issuer.</summary>
    public async Task<BlacklistDelta?> Since(long from, BlacklistDocument to, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select version, key_id, added, removed from cards.blacklist_version where version between $1 and $2 order by version");
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to.Version });
        await using var reader = await command.ExecuteReaderAsync(ct);
        HashSet<long> added = [], removed = [];
        var expected = from;
        while (await reader.ReadAsync(ct))
        {
            if (reader.GetInt64(0) != expected++ || unchecked((ulong)reader.GetInt64(1)) != to.Header.KeyId) return null;
            if (reader.GetInt64(0) == from) continue;
            foreach (var key in reader.GetFieldValue<long[]>(2))
                if (!removed.Remove(key)) added.Add(key);
            foreach (var key in reader.GetFieldValue<long[]>(3))
                if (!added.Remove(key)) removed.Add(key);
        }
        return expected == to.Version + 1 ? BlacklistDelta.Of(from, to, added.Select(Key), removed.Select(Key)) : null;
    }

    /// <summary>Takes over what the operator blocks, whole; what it no longer blocks is free again.</summary>
    public async Task Merge(IEnumerable<string> purses, DateTimeOffset readAt, CancellationToken ct)
    {
        long[] keys = [.. purses.Select(purse => unchecked((long)BlacklistKey.OfPurse(purse)))];
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Only when something changes: the trigger wakes whoever publishes.
        if (await Changes(connection, keys, ct))
        {
            await Execute(connection, "delete from cards.blocked where source = 'operator' and not list_key = any($1)", [keys], ct);
            await Execute(connection, "insert into cards.blocked (list_key, source, since) select distinct unnest($1), 'operator', $2::timestamptz on conflict do nothing", [keys, readAt], ct);
        }
        await Execute(
            connection, "insert into cards.blacklist_source (source, read_at) values ('operator', $1) on conflict (source) do update set read_at = greatest(excluded.read_at, blacklist_source.read_at)", [readAt], ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task<bool> Changes(NpgsqlConnection connection, long[] keys, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select exists (select unnest($1) except select list_key from cards.blocked where source = 'operator') or exists (select list_key from cards.blocked where source = 'operator' except select unnest($1))", connection)
        {
            Parameters = { new() { Value = keys } },
        };
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task<BlacklistDocument?> Newest(NpgsqlConnection connection, CancellationToken ct) =>
        await Scalar(connection, "select document from cards.blacklist_version order by version desc limit 1", ct) is byte[] bytes
            ? BlacklistDocument.TryRead(bytes, out var error) ?? throw new InvalidDataException($"The stored list is malformed: {error}")
            : null;

    private static async Task<HashSet<ulong>> Blocked(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select distinct list_key from cards.blocked", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        HashSet<ulong> keys = [];
        while (await reader.ReadAsync(ct)) keys.Add(Key(reader.GetInt64(0)));
        return keys;
    }

    private static ulong Key(long stored) => unchecked((ulong)stored);

    private static long[] Stored(ulong[] keys) => [.. keys.Select(key => unchecked((long)key))];

    private static async Task<object?> Scalar(NpgsqlConnection connection, string text, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(text, connection);
        return await command.ExecuteScalarAsync(ct) is var found and not DBNull ? found : null;
    }

    private static async Task Execute(NpgsqlConnection connection, string text, object[] values, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(text, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }
}
