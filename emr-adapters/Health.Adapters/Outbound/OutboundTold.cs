using System.Text.Json;
using Health.Adapters.Mapping.Outbound;
using Health.Contracts;
using Npgsql;

namespace Health.Adapters.Outbound;

/// <summary>
/// What a destination was told before about the resources of a portion, and which results go with a report. Moves on as rows are made.
/// </summary>
internal sealed class OutboundTold
{
    private readonly Dictionary<string, string> told = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> wholes = new(StringComparer.Ordinal);

    /// <summary>Results that a report of this portion tells, and reports told anew for a result in it.</summary>
    private readonly HashSet<string> withReport = new(StringComparer.Ordinal);

    public static async Task<OutboundTold> Load(
        NpgsqlDataSource database, string destinationId, IReadOnlyList<LoggedRecord> changes, CancellationToken ct)
    {
        var known = new OutboundTold();
        foreach (var report in changes.Where(change => change.ResourceType == "DiagnosticReport"))
            known.withReport.UnionWith(References(report.Json!.Value));
        var observations = changes.Where(change => change.ResourceType == "Observation").Select(NameOf).Distinct().ToArray();
        if (observations.Length > 0)
            await Read(database,
                """
                select distinct on (part) part, resource from adapters.outbox cross join unnest(parts) part
                where destination_id = $1 and parts && $2 and part = any($2) and resource like 'DiagnosticReport/%' order by part, position desc
                """,
                destinationId, observations, known.wholes, ct);
        var resources = changes.Select(NameOf).Concat(known.wholes.Values).Distinct().ToArray();
        // A dead letter told nothing; what waits will.
        await Read(database,
            """
            select distinct on (resource) resource, told from adapters.outbox
            where destination_id = $1 and resource = any($2) and state in ('waiting', 'delivered') order by resource, position desc
            """,
            destinationId, resources, known.told, ct);
        return known;
    }

    public string? Of(string resource) => told.GetValueOrDefault(resource);

    /// <summary>The report as part of which the destination knows an Observation.</summary>
    public string? WholeOf(LoggedRecord record) => record.ResourceType == "Observation" ? wholes.GetValueOrDefault(NameOf(record)) : null;

    /// <summary>A result whose report is in the same portion is told there, as it is now.</summary>
    public bool IsToldWithReport(LoggedRecord record) => record.ResourceType == "Observation" && withReport.Contains(NameOf(record));

    public void Now(OutboxRow row)
    {
        told[row.Resource] = row.Told;
        if (row.Resource.StartsWith("DiagnosticReport/", StringComparison.Ordinal)) withReport.UnionWith(row.Parts);
    }

    private static string NameOf(LoggedRecord record) => $"{record.ResourceType}/{record.Id}";

    private static IEnumerable<string> References(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.At("result").Select(result => result.IdOf("Observation")).OfType<string>().Select(id => $"Observation/{id}")];
    }

    private static async Task Read(
        NpgsqlDataSource database, string sql, string destinationId, string[] names, Dictionary<string, string> into, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = destinationId });
        command.Parameters.Add(new() { Value = names });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) into[reader.GetString(0)] = reader.GetString(1);
    }
}
