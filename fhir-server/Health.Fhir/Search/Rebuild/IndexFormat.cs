using Health.Contracts;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Fhir.Search.Rebuild;

/// <summary>
/// How this build makes index rows: a number that changes with the code, and the settings that change rows (zone, types with words). An index that was made another way
/// is rebuilt beside and swapped at start; until then searches are refused with the progress, since their answer would not be exact. Reads and writes go on.
/// </summary>
public sealed class IndexFormat(NpgsqlDataSource database, ExtractionSettings settings, SearchRebuild rebuild, ILogger<IndexFormat> log)
{
    /// <summary>Changes whenever rows are made otherwise than before.</summary>
    private const int Number = 4;

    private volatile RebuildProgress? progress;
    private bool isOld;

    /// <summary>How far the rebuild is; null when the index is of this format.</summary>
    public RebuildProgress? Progress => progress;

    /// <summary>As it is stored beside the index.</summary>
    public string Current { get; } = $"{Number} {settings.Zone.Name} text={string.Join(',', settings.TextTypes.Order(StringComparer.Ordinal))} content={string.Join(',', settings.ContentTypes.Order(StringComparer.Ordinal))}";

    /// <summary>Why no search can be answered; null when the index is of this format.</summary>
    public Refusal? Refusal => progress is not { } at
        ? null
        : new Refusal(503, "transient", $"The search index is being brought to the form of this version ({at.Phase}: {at.Done} of {at.Of}). Searches are answered again when it is done; reads and writes are not affected.");

    /// <summary>Compares the stored format with this one; an empty store is of this one.</summary>
    public async Task Read(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select (select format from fhir.search_format), exists (select 1 from fhir.resource)");
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var stored = reader.IsDBNull(0) ? null : reader.GetString(0);
        var isEmpty = !reader.GetBoolean(1);
        isOld = stored != Current;
        if (isOld && !isEmpty) progress = new RebuildProgress("waiting", 0, 1);
    }

    /// <summary>Rebuilds an index of another format.</summary>
    public async Task Renew(CancellationToken ct)
    {
        if (!isOld) return;
        if (progress is not null)
        {
            log.LogWarning("The search index is of another format than this version makes ({Format}): it is rebuilt beside; searches are refused until it is done.", Current);
            await using var guard = await RebuildGuard.Take(database, ct);
            var report = await rebuild.Run(guard, step => progress = step, replaceDifferent: true, ct);
            log.LogInformation("The search index was rebuilt in {Took}: {Versions} versions.", report.Took, report.Versions);
        }
        await using var command = database.CreateCommand("insert into fhir.search_format (format) values ($1) on conflict (one) do update set format = excluded.format");
        command.Parameters.Add(new() { Value = Current });
        await command.ExecuteNonQueryAsync(ct);
        (progress, isOld) = (null, false);
    }
}
