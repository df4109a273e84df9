using Health.Contracts;
using Health.Fhir.Records;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Health.Fhir.Subscriptions;

/// <summary>
/// Goes along the event log behind the commits and numbers, for each subscription, the versions it is about. Numbers and position move in
/// one transaction, so nothing is numbered twice or passed over, whatever happens in between.
/// </summary>
public sealed class SubscriptionEvaluation(NpgsqlDataSource database, SubscriptionRegistry registry, SubscriptionMatcher matcher, TimeProvider time, ILogger<SubscriptionEvaluation> log)
{
    private const int MostAtOnce = 500, UnstoredAtMost = 10_000;
    private static readonly string[] EventNames = [ResourceCreated.Name, ResourceUpdated.Name, ResourceDeleted.Name];

    private sealed record Logged(LoggedVersion Version, long Number);

    /// <summary>Sequences of the log that are not compared yet.</summary>
    public long Lag { get; private set; }

    /// <summary>Where it is, and what the table says of it: passing over what concerns nobody costs no write.</summary>
    private (long Reached, long Stored)? at;

    /// <summary>Evaluates the next portion. False when the end of the log is reached.</summary>
    public async Task<bool> Next(CancellationToken ct)
    {
        try
        {
            return await Portion(ct);
        }
        catch
        {
            // Whatever was done or not: the table says where to go on.
            at = null;
            throw;
        }
    }

    private async Task<bool> Portion(CancellationToken ct)
    {
        var (from, stored) = at ??= await Stored(ct);
        var (end, portion) = await Read(from, ct);
        Lag = end - from;
        if (portion.Count == 0 && end - stored < UnstoredAtMost)
        {
            at = (end, stored);
            Lag = 0;
            return false;
        }

        // A subscription that is new or changed counts from there on: the portion ends with it.
        var change = portion.FindIndex(logged => logged.Version.ResourceType == "Subscription");
        if (change >= 0) portion = portion[..(change + 1)];
        var reached = change >= 0 || portion.Count == MostAtOnce ? portion[^1].Version.Sequence : end;
        var found = await Match([.. portion.Select(logged => logged.Version)], reached, ct);

        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Held to the end: a second process on this database waits here and then sees where this one came to.
        await using var position = new NpgsqlCommand("select seq from fhir.subscription_position for update", connection, transaction);
        if ((long)(await position.ExecuteScalarAsync(ct))! != stored)
        {
            at = null;
            return true;
        }

        await Number(connection, transaction, found, ct);
        var changed = change >= 0 ? await Change(connection, transaction, portion[change], ct) : null;
        await using (var move = new NpgsqlCommand("update fhir.subscription_position set seq = $1", connection, transaction) { Parameters = { new() { Value = reached } } })
            await move.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);

        foreach (var (live, versions) in found) live.Events += versions.Count;
        changed?.Invoke();
        at = (reached, reached);
        Lag = end - reached;
        return true;
    }

    private async Task<(long, long)> Stored(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select seq from fhir.subscription_position");
        var seq = (long)(await command.ExecuteScalarAsync(ct))!;
        return (seq, seq);
    }

    /// <summary>The horizon, and what of the log up to it is of a type somebody watches; one round trip.</summary>
    private async Task<(long End, List<Logged> Portion)> Read(long from, CancellationToken ct)
    {
        var types = registry.All.Select(live => live.Settings?.ResourceType).OfType<string>().Append("Subscription").Distinct().ToArray();
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select coalesce(max(seq_id), 0) from events.mt_events"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select seq_id, stream_id, version, type, timestamp from events.mt_events where seq_id > $1 and type = any($2) and split_part(stream_id, '/', 1) = any($3) order by seq_id limit $4")
        {
            Parameters = { new() { Value = from }, new() { Value = EventNames }, new() { Value = types }, new() { Value = MostAtOnce } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var end = reader.GetInt64(0);
        await reader.NextResultAsync(ct);
        List<Logged> rows = [];
        while (await reader.ReadAsync(ct))
        {
            // The second statement may see more than the first.
            if (reader.GetInt64(0) > end) break;
            var stream = reader.GetString(1).Split('/');
            rows.Add(new Logged(new LoggedVersion(reader.GetInt64(0), stream[0], stream[1], reader.GetString(3) == ResourceDeleted.Name, reader.GetFieldValue<DateTimeOffset>(4)), reader.GetInt64(2)));
        }

        return (end, rows);
    }

    private async Task<List<(LiveSubscription Live, IReadOnlyList<LoggedVersion> Versions)>> Match(LoggedVersion[] portion, long end, CancellationToken ct)
    {
        List<(LiveSubscription, IReadOnlyList<LoggedVersion>)> found = [];
        var byType = portion.ToLookup(version => version.ResourceType);
        foreach (var live in registry.All)
        {
            if (!live.IsWatching(time.GetUtcNow()) || !byType.Contains(live.Settings!.ResourceType)) continue;
            try
            {
                var versions = await matcher.Matching(live.Settings, [.. byType[live.Settings.ResourceType]], end, ct);
                if (versions.Count > 0) found.Add((live, versions));
            }
            catch (Exception e) when (e is InvalidOperationException or PostgresException { IsTransient: false })
            {
                // One subscription's criteria must not hold up the others: it is taken out and says so.
                log.LogError(e, "The criteria of subscription {Id} cannot be evaluated.", live.Id);
                (live.Settings, live.Fault) = (null, $"The criteria could not be evaluated at sequence {end}.");
            }
        }

        return found;
    }

    private static async Task Number(NpgsqlConnection connection, NpgsqlTransaction transaction, List<(LiveSubscription Live, IReadOnlyList<LoggedVersion> Versions)> found, CancellationToken ct)
    {
        if (found.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var (live, versions) in found)
        {
            // Numbered from the row, not from memory: another process may have gone ahead.
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                """
                insert into fhir.subscription_event (subscription, number, seq, at)
                select s.id, s.events + v.ordinal, v.seq, v.at from fhir.subscription s, unnest($2::bigint[], $3::timestamptz[]) with ordinality as v(seq, at, ordinal) where s.id = $1
                """)
            {
                Parameters =
                {
                    new() { Value = live.Id }, new() { Value = versions.Select(version => version.Sequence).ToArray() },
                    new() { Value = versions.Select(version => version.At.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                },
            });
            batch.BatchCommands.Add(new NpgsqlBatchCommand("update fhir.subscription set events = events + $2 where id = $1") { Parameters = { new() { Value = live.Id }, new() { Value = (long)versions.Count } } });
        }

        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Stores a subscription's new version; returns what that means in memory, for after the commit.</summary>
    private async Task<Action> Change(NpgsqlConnection connection, NpgsqlTransaction transaction, Logged logged, CancellationToken ct)
    {
        var id = logged.Version.Id;
        if (logged.Version.IsDeletion)
        {
            await using var delete = new NpgsqlBatch(connection, transaction);
            delete.BatchCommands.Add(new NpgsqlBatchCommand("delete from fhir.subscription_event where subscription = $1") { Parameters = { new() { Value = id } } });
            delete.BatchCommands.Add(new NpgsqlBatchCommand("delete from fhir.subscription where id = $1") { Parameters = { new() { Value = id } } });
            await delete.ExecuteNonQueryAsync(ct);
            return () => registry.Remove(id);
        }

        var resource = await registry.Read(id, logged.Number, ct);
        var status = resource?.RootElement.TryGetProperty("status", out var text) == true ? text.GetString()! : "off";
        // Asked for anew: whatever failed before is forgotten; what is not delivered yet stays due.
        await using var save = new NpgsqlCommand(
            """
            insert into fhir.subscription (id, version, status) values ($1, $2, $3)
            on conflict (id) do update set version = excluded.version, status = excluded.status, failures = 0, failing_since = null, next_attempt = null
            """, connection, transaction)
        {
            Parameters = { new() { Value = id }, new() { Value = logged.Number }, new() { Value = status } },
        };
        await save.ExecuteNonQueryAsync(ct);
        return () =>
        {
            var live = registry.Find(id) ?? new LiveSubscription(id);
            registry.Apply(live, resource);
            (live.Version, live.Status, live.Failures, live.FailingSince, live.NextAttempt) = (logged.Number, status, 0, null, null);
            registry.Add(live);
        };
    }
}
