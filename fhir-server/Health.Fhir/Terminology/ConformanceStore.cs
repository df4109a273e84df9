using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Npgsql;

namespace Health.Fhir.Terminology;

/// <summary>
/// The conformance resources stored on this server (StructureDefinition, CodeSystem, ValueSet, ConceptMap) over those that come with it. Read again
/// when one was written: each use asks the database for the newest sequence among them (one index entry), so that every node sees every write.
/// They describe no person and are the same for everyone who may read their type.
/// </summary>
public sealed class ConformanceStore(NpgsqlDataSource database, RecordReader records) : IDisposable
{
    private const string Newest = "select coalesce(max(seq), 0) from fhir.resource where type in ('CodeSystem', 'ConceptMap', 'StructureDefinition', 'ValueSet')";
    private const string Changed = "select rid, deleted from fhir.resource where type in ('CodeSystem', 'ConceptMap', 'StructureDefinition', 'ValueSet') and seq > $1";
    private readonly SemaphoreSlim loading = new(1, 1);
    private volatile Loaded? loaded;

    private sealed record Loaded(long Sequence, CodeLibrary Library, SortedDictionary<long, ConformanceResource> Resources);

    public async ValueTask<CodeLibrary> Current(CancellationToken ct)
    {
        var newest = await Ask(ct);
        if (loaded is { } known && known.Sequence >= newest) return known.Library;
        await loading.WaitAsync(ct);
        try
        {
            newest = await Ask(ct);
            if (loaded is { } now && now.Sequence >= newest) return now.Library;
            var resources = await Renew(loaded, ct);
            var library = new CodeLibrary(CodeLibrary.R4, [.. resources.Values]);
            loaded = new Loaded(newest, library, resources);
            return library;
        }
        finally
        {
            loading.Release();
        }
    }

    public void Dispose() => loading.Dispose();

    private async ValueTask<long> Ask(CancellationToken ct)
    {
        await using var command = database.CreateCommand(Newest);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>What was read before with what was written since: a thousand definitions that are stored one by one are each opened once.</summary>
    private async Task<SortedDictionary<long, ConformanceResource>> Renew(Loaded? before, CancellationToken ct)
    {
        var resources = before is null ? [] : new SortedDictionary<long, ConformanceResource>(before.Resources);
        List<long> rids = [];
        await using (var command = database.CreateCommand(Changed))
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = before?.Sequence ?? 0 });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                resources.Remove(reader.GetInt64(0));
                if (!reader.GetBoolean(1)) rids.Add(reader.GetInt64(0));
            }
        }

        foreach (var record in rids.Count == 0 ? [] : await records.ByRids(rids, new AccessFilter.Everything(), ct))
        {
            if (record.Json is not { IsEmpty: false } json) continue;
            using var document = JsonDocument.Parse(json);
            resources[record.Rid] = new ConformanceResource(record.ResourceType, record.Id, document.RootElement.Clone());
        }

        return resources;
    }
}
