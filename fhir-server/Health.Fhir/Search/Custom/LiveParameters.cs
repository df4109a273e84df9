using System.Text.Json;
using System.Threading.Channels;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search.Rebuild;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>
/// Indexes search parameters while the server works. A SearchParameter that was written is taken up under the turn of the log: from that sequence on every commit
/// extracts it. Then what was committed before is indexed portion by portion, each under the turn too, so that no version is missed or indexed twice. Until all is done
/// a query by the parameter is refused with the progress; after a restart it goes on where it was.
/// </summary>
public sealed class LiveParameters(
    NpgsqlDataSource database, RecordCommitter committer, RecordReader records, ParameterCatalogue catalogue, SearchKeys keys, ParameterBackfill backfill, IndexFormat format, ILogger<LiveParameters> log) : BackgroundService
{
    private static readonly TimeSpan BeforeRetry = TimeSpan.FromSeconds(5);
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the first request is taken: what is indexed must be known to the first commit.
        await Load(cancellationToken);
        committer.SearchParametersCommitted += Wake;
        Wake();
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        committer.SearchParametersCommitted -= Wake;
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await format.Renew(stoppingToken);
            // A rebuilt index holds every parameter whole.
            await Load(stoppingToken);
            while (await wake.Reader.WaitToReadAsync(stoppingToken))
            {
                wake.Reader.TryRead(out _);
                await CatchUp(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: what is not indexed yet is gone on with at the next start.
        }
    }

    private void Wake() => wake.Writer.TryWrite(true);

    private async Task CatchUp(CancellationToken ct)
    {
        try
        {
            await using var guard = await RebuildGuard.Take(database, ct);
            await Reconcile(ct);
            foreach (var row in await Rows(ct))
                if (!row.IsReady) await backfill.Run(row, ct);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException && !ct.IsCancellationRequested)
        {
            log.LogError(e, "A search parameter could not be indexed; it is tried again.");
            using var timer = new PeriodicTimer(BeforeRetry);
            await timer.WaitForNextTickAsync(ct);
            Wake();
        }
    }

    /// <summary>Takes up what was defined and drops what is no longer, each in one transaction under the turn of the log.</summary>
    private async Task Reconcile(CancellationToken ct)
    {
        var wanted = await Defined(ct);
        foreach (var row in await Rows(ct))
        {
            if (wanted.TryGetValue(row.Name, out var now) && JsonSerializer.Serialize(now) == JsonSerializer.Serialize(row.Definition)) wanted.Remove(row.Name);
            else await InTurn(connection => CustomParameterTable.Remove(connection, row, ct), ct);
        }
        foreach (var (name, definition) in wanted)
        {
            // The numbers of its rows first: the first commit after the turn needs them.
            await keys.Add(definition.Bases.Select(type => (type, definition.Code)), ct);
            await InTurn(async connection =>
            {
                var sequence = await Scalar(connection, "select coalesce(max(seq_id), 0) from events.mt_events", ct);
                var of = await Scalar(connection, "select count(*) from fhir.resource where type = any($1)", ct, (object)definition.Bases.ToArray());
                await CustomParameterTable.Add(connection, new CustomParameterTable.Row(name, definition, sequence, 0, 0, of, false), ct);
            }, ct);
            log.LogInformation("The search parameter {Code} of {Types} is being indexed.", definition.Code, string.Join(", ", definition.Bases));
        }
    }

    /// <summary>The active SearchParameters among the resources; where two say the same code of a type, the first of them.</summary>
    private async Task<Dictionary<string, CustomDefinition>> Defined(CancellationToken ct)
    {
        List<long> rids = [];
        await using (var command = database.CreateCommand("select rid from fhir.resource where type = 'SearchParameter' and not deleted order by rid"))
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) rids.Add(reader.GetInt64(0));
        Dictionary<string, CustomDefinition> defined = [];
        HashSet<(string, string)> taken = [];
        foreach (var record in rids.Count == 0 ? [] : await records.ByRids(rids, new AccessFilter.Everything(), ct))
        {
            if (record.Json is not { IsEmpty: false } json) continue;
            using var document = JsonDocument.Parse(json);
            var (definition, refusal) = CustomDefinition.TryRead(document.RootElement);
            if (refusal is not null) log.LogWarning("SearchParameter/{Id} is not indexed: {Why}", record.Id, refusal.Diagnostics);
            if (definition is null) continue;
            if (definition.Bases.Any(type => taken.Contains((type, definition.Code)))) log.LogWarning("SearchParameter/{Id} is not indexed: another defines {Code}.", record.Id, definition.Code);
            else
            {
                foreach (var type in definition.Bases) taken.Add((type, definition.Code));
                defined[$"SearchParameter/{record.Id}"] = definition;
            }
        }
        return defined;
    }

    private async Task InTurn(Func<NpgsqlConnection, Task> change, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Scalar(connection, EventLog.TakeTurnSql, ct);
        await Scalar(connection, TurnOpening.Disturb, ct);
        await change(connection);
        // Taken up before the turn is given back: the next commit extracts by it. If this transaction fails, the next look at the table puts it right.
        var rows = await CustomParameterTable.Read(connection, ct);
        var before = catalogue.Customs;
        catalogue.Set(rows.ToDictionary(row => row.Name, row => row.ToCustom()));
        try
        {
            await transaction.CommitAsync(ct);
        }
        catch
        {
            catalogue.Set(before);
            throw;
        }
    }

    private async Task Load(CancellationToken ct)
    {
        var rows = await Rows(ct);
        await keys.Add(rows.SelectMany(row => row.Definition.Bases.Select(type => (type, row.Definition.Code))), ct);
        catalogue.Set(rows.ToDictionary(row => row.Name, row => row.ToCustom()));
        await format.Read(ct);
    }

    private async Task<List<CustomParameterTable.Row>> Rows(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await CustomParameterTable.Read(connection, ct);
    }

    private static async Task<long> Scalar(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteScalarAsync(ct) is long number ? number : 0;
    }
}
