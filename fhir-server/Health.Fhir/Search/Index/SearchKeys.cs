using System.Collections.Frozen;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>The small numbers of (resource type, parameter) pairs: read once; pairs of a newer build are added at its first start.</summary>
public sealed class SearchKeys(NpgsqlDataSource database)
{
    private readonly Lock once = new();
    private Task<FrozenDictionary<(string, string), short>>? loading;
    private FrozenDictionary<(string Type, string Param), short>? keys;

    public async ValueTask<FrozenDictionary<(string Type, string Param), short>> Load(CancellationToken ct)
    {
        if (keys is { } loaded) return loaded;
        Task<FrozenDictionary<(string, string), short>> task;
        lock (once)
        {
            // One load for all who wait; a failed one is tried again by the next.
            if (loading is null or { IsFaulted: true } or { IsCanceled: true }) loading = ReadOrFill(CancellationToken.None);
            task = loading;
        }
        return keys = await task.WaitAsync(ct);
    }

    /// <summary>Gives numbers to pairs that are not of the standard.</summary>
    public async Task Add(IEnumerable<(string Type, string Param)> pairs, CancellationToken ct)
    {
        var known = await Load(ct);
        var wanted = pairs.Where(pair => !known.ContainsKey(pair)).Distinct().ToList();
        if (wanted.Count == 0) return;
        await using var connection = await database.OpenConnectionAsync(ct);
        await Fill(connection, wanted, ct);
        keys = (await Read(connection, ct)).ToFrozenDictionary();
    }

    private async Task<FrozenDictionary<(string, string), short>> ReadOrFill(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var known = await Read(connection, ct);
        var wanted = FhirDefinitions.R4.ResourceTypes.Order(StringComparer.Ordinal)
            .SelectMany(type => FhirDefinitions.R4.ParametersOf(type).Keys.Order(StringComparer.Ordinal).Select(param => (type, param)))
            .Where(pair => !known.ContainsKey(pair)).ToList();
        if (wanted.Count == 0) return known.ToFrozenDictionary();
        await Fill(connection, wanted, ct);
        return (await Read(connection, ct)).ToFrozenDictionary();
    }

    private static async Task Fill(NpgsqlConnection connection, List<(string type, string param)> wanted, CancellationToken ct)
    {
        await using var fill = new NpgsqlCommand(
            """
            insert into fhir.search_key (type, param) select * from unnest($1::text[], $2::text[]) on conflict do nothing
            """, connection)
        {
            Parameters = { new() { Value = wanted.Select(pair => pair.type).ToArray() }, new() { Value = wanted.Select(pair => pair.param).ToArray() } },
        };
        await fill.ExecuteNonQueryAsync(ct);
    }

    private static async Task<Dictionary<(string, string), short>> Read(NpgsqlConnection connection, CancellationToken ct)
    {
        Dictionary<(string, string), short> found = [];
        await using var command = new NpgsqlCommand("select type, param, id from fhir.search_key", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) found[(reader.GetString(0), reader.GetString(1))] = reader.GetInt16(2);
        return found;
    }
}
