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
public sealed class SubscriptionEvaluation(NpgsqlDataSource database, SubscriptionRegistry registry, SubscriptionMatcher matcher, Horizon horizon, TimeProvider time, ILogger<SubscriptionEvaluation> log)
{
    private const int Portion = 500;
    private static readonly string[] EventNames = [ResourceCreated.Name, ResourceUpdated.Name, ResourceDeleted.Name];

    private sealed record Logged(LoggedVersion Version, long Number);

    /// <summary>Sequences of the log that are not compared yet.</summary>
    public long Lag { get; private set; }

    /// <summary>Evaluates the next portion. False when the end of the log is reached.</summary>
    public async Task<bool> Next(CancellationToken ct)
    {
        var end = await horizon.Current(ct);
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Held to the end: a second process on this database waits here and then sees where this one came to.
        await using var position = new NpgsqlCommand("select seq from fhir.subscription_position for update", connection, transaction);
        var from = (long)(await position.ExecuteScalarAsync(ct))!;
        Lag = end - from;
        if (from >= end) return false;

        var types = registry.All.Select(live => live.Settings?.ResourceType).OfType<string>().Append("Subscription").Distinct().ToArray();
        var portion = await Read(connection, transaction, from, end, types, ct);
        // A subscription that is new or changed counts from there on: the portion ends with it.
        var change = portion.FindIndex(logged => logged.Version.ResourceType == "Subscription");
        if (change >= 0) portion = portion[..(change + 1)];
        var reached = change >= 0 || portion.Count == Portion ? portion[^1].Version.Sequence : end;
        var found = await Match([.. portion.Select(logged => logged.Version)], reached, ct);
        await Number(connection, transaction, found, ct);
        var changed = change >= 0 ? await Change(connection, transaction, portion[change], ct) : null;
        await using (var move = new NpgsqlCommand("update fhir.subscription_position set seq = $1", connection, transaction) { Parameters = { new() { Value = reached } } })
            await move.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);

        foreach (var (live, versions) in found) live.Events += versions.Count;
        changed?.Invoke();
        Lag = end - reached;
        return true;
    }

    private static async Task<List<Logged>> Read(NpgsqlConnection connection, NpgsqlTransaction transaction, long from, long end, string[] types, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select seq_id, stream_id, version, type, timestamp from events.mt_events where seq_id > $1 and seq_id <= $2 and type = any($3) and split_part(stream_id, '/', 1) = any($4) order by seq_id limit $5",
            connection, transaction)
        {
            Parameters = { new() { Value = from }, new() { Value = end }, new() { Value = EventNames }, new() { Value = types }, new() { Value = Portion } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<Logged> rows = [];
        while (await reader.ReadAsync(ct))
        {
            var stream = reader.GetString(1).Split('/');
            rows.Add(new Logged(new LoggedVersion(reader.GetInt64(0), stream[0], stream[1], reader.GetString(3) == ResourceDeleted.Name, reader.GetFieldValue<DateTimeOffset>(4)), reader.GetInt64(2)));
        }

        return rows;
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
            catch (PostgresException e) when (!e.IsTransient)
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
