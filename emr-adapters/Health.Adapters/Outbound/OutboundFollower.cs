using System.Collections.Concurrent;
using Health.Adapters.Inbox;
using Health.Contracts;
using Npgsql;

namespace Health.Adapters.Outbound;

/// <summary>
/// Goes along the event log behind the commits and puts into the outbox what a destination is to be told. Messages, their audit facts and the
/// position move in one transaction, so nothing is told twice or passed over, whatever happens in between.
/// </summary>
internal sealed class OutboundFollower(
    NpgsqlDataSource database, IRecordFeed feed, IAccessPolicy policy, OutboundComposer composer, IAuditTrail audit, IKeyring keyring, TimeProvider time)
{
    private const int Most = 100;

    /// <summary>Passing over what concerns a destination not costs a write only now and then.</summary>
    private const int UnstoredAtMost = 1_000;

    private readonly ConcurrentDictionary<string, (long Reached, long Stored)> places = new(StringComparer.Ordinal);

    /// <summary>The next portion. True when there may be more at once.</summary>
    public async Task<bool> Step(DestinationProfile destination, CancellationToken ct)
    {
        try
        {
            return await Portion(destination, ct);
        }
        catch
        {
            // Whatever was done or not: the table says where to go on.
            places.TryRemove(destination.Id, out _);
            throw;
        }
    }

    /// <summary>How far the log was looked through; null before the first look.</summary>
    public long? Reached(string destinationId) => places.TryGetValue(destinationId, out var place) ? place.Reached : null;

    private async Task<bool> Portion(DestinationProfile destination, CancellationToken ct)
    {
        if (!places.TryGetValue(destination.Id, out var place)) place = await Begin(destination.Id, ct);
        if (await FilterOf(destination, ct) is not { } filter) return false;
        var page = await feed.After(place.Reached, destination.ResourceTypes(), filter, Most, ct);
        var rows = await Compose(destination, page.Records, ct);
        if (rows.Count == 0 && page.Reached - place.Stored < UnstoredAtMost)
        {
            places[destination.Id] = (page.Reached, place.Stored);
            return page.HasMore;
        }

        var isMine = await Store(destination, rows, place.Stored, page.Reached, ct);
        if (isMine) places[destination.Id] = (page.Reached, page.Reached);
        else places.TryRemove(destination.Id, out _);
        return page.HasMore || !isMine;
    }

    /// <summary>A new destination begins with the present.</summary>
    private async Task<(long, long)> Begin(string destinationId, CancellationToken ct)
    {
        var horizon = await feed.Horizon(ct);
        await using var command = database.CreateCommand(
            """
            with new as (insert into adapters.outbound_cursor values ($1, $2) on conflict do nothing returning sequence)
            select sequence from new union all select sequence from adapters.outbound_cursor where destination_id = $1 limit 1
            """);
        command.Parameters.Add(new() { Value = destinationId });
        command.Parameters.Add(new() { Value = horizon });
        var sequence = (long)(await command.ExecuteScalarAsync(ct) ?? horizon);
        return places[destinationId] = (sequence, sequence);
    }

    /// <summary>
    /// What the destination's institution may see, as for any other reader; <c>all</c> is the operator's decision and goes beyond it.
    /// </summary>
    private async ValueTask<AccessFilter?> FilterOf(DestinationProfile destination, CancellationToken ct)
    {
        if (destination.Residents == "all") return new AccessFilter.Everything();
        List<AccessFilter> parts = [];
        foreach (var type in destination.ResourceTypes())
            if (await policy.Decide(new AccessRequest(SystemCaller.Of(destination.Id, destination.InstitutionCode, destination.Id), AccessKind.Read, type), ct) is AccessDecision.Permit permit)
                parts.Add(new AccessFilter.AllOf([new AccessFilter.OfTypes([type]), permit.Filter, new AccessFilter.TreatedAt(destination.InstitutionCode)]));
        return parts.Count == 0 ? null : new AccessFilter.AnyOf(parts);
    }

    /// <summary>Nothing goes back to the institution that wrote it. A deletion has no body, an erased record none that opens: there is nothing to tell of either.</summary>
    private static bool IsFor(DestinationProfile destination, LoggedRecord record) =>
        record.InstitutionCode != destination.InstitutionCode && destination.From?.Contains(record.InstitutionCode) != false && record.Json is { IsEmpty: false };

    private async Task<List<OutboxRow>> Compose(DestinationProfile destination, IReadOnlyList<LoggedRecord> records, CancellationToken ct)
    {
        var changes = records.Where(record => IsFor(destination, record)).ToList();
        if (changes.Count == 0) return [];
        var told = await OutboundTold.Load(database, destination.Id, changes, ct);
        List<OutboxRow> rows = [];
        foreach (var record in changes)
        {
            if (told.IsToldWithReport(record)) continue;
            var whole = told.WholeOf(record);
            var resource = whole ?? $"{record.ResourceType}/{record.Id}";
            if (await composer.Compose(destination, record, whole, told.Of(resource), ct) is not { } row) continue;
            rows.Add(row);
            if (row.Body is not null) told.Now(row);
        }

        return rows;
    }

    /// <summary>False when another process has gone ahead meanwhile: nothing was written.</summary>
    private async Task<bool> Store(DestinationProfile destination, List<OutboxRow> rows, long stored, long reached, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        const string held = "select sequence from adapters.outbound_cursor where destination_id = $1 for update";
        await using (var place = new NpgsqlCommand(held, connection, transaction) { Parameters = { new() { Value = destination.Id } } })
            if ((long)(await place.ExecuteScalarAsync(ct))! != stored) return false;
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var row in rows) batch.BatchCommands.Add(row.Insert());
        var released = rows.Where(row => row.Body is not null).Select(row => OutboxSql.Fact(keyring, destination, row, time.GetUtcNow())).ToList();
        if (released.Count > 0) batch.BatchCommands.Add(OutboxSql.Command(audit.Prepare(released)));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("update adapters.outbound_cursor set sequence = $2 where destination_id = $1")
        {
            Parameters = { new() { Value = destination.Id }, new() { Value = reached } },
        });
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }
}
