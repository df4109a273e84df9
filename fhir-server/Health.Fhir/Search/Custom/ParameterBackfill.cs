using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search.Rebuild;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>
/// Indexes what was committed before a search parameter was taken up: of every resource of its types the versions up to that sequence, each with the sequence of
/// the version after it. A portion holds the turn of the log, so none of its resources changes meanwhile.
/// </summary>
public sealed class ParameterBackfill(NpgsqlDataSource database, EventReplay replay, SearchIndex index, ParameterCatalogue catalogue, ILogger<ParameterBackfill> log)
{
    private const int Portion = 100;

    internal async Task Run(CustomParameterTable.Row row, CancellationToken ct)
    {
        while (!row.IsReady)
        {
            row = await Next(row, ct);
            catalogue.Set(catalogue.Customs.ToDictionary(pair => pair.Key, pair => pair.Key == row.Name ? row.ToCustom() : pair.Value));
        }
        log.LogInformation("The search parameter {Code} of {Types} is indexed: {Done} resources.", row.Definition.Code, string.Join(", ", row.Definition.Bases), row.Done);
    }

    private async Task<CustomParameterTable.Row> Next(CustomParameterTable.Row row, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var turn = new NpgsqlCommand(EventLog.TakeTurnSql, connection, transaction)) await turn.ExecuteNonQueryAsync(ct);
        List<long> rids = [];
        await using (var command = new NpgsqlCommand("select rid from fhir.resource where type = any($1) and rid > $2 order by rid limit $3", connection, transaction))
        {
            command.Parameters.Add(new() { Value = row.Definition.Bases.ToArray() });
            command.Parameters.Add(new() { Value = row.DoneRid });
            command.Parameters.Add(new() { Value = Portion });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) rids.Add(reader.GetInt64(0));
        }
        var versions = rids.Count == 0 ? [] : await replay.Versions(connection, transaction, rids, row.FromSequence, ct);
        await index.Write(connection, transaction, row.Definition.Code, versions, ct);
        row = row with { DoneRid = rids.Count == 0 ? row.DoneRid : rids[^1], Done = row.Done + rids.Count, IsReady = rids.Count < Portion };
        await CustomParameterTable.Progress(connection, row, ct);
        await transaction.CommitAsync(ct);
        return row;
    }
}
