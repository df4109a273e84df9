using Health.Contracts;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>A version that the committer writes, as the search index sees it. <paramref name="Json"/> is empty for a deletion.</summary>
public sealed record IndexedWrite(
    long Rid, string ResourceType, string Id, long Version, long Sequence, DateTimeOffset LastUpdated, bool Deleted,
    string? ResidentId, string InstitutionCode, ReadOnlyMemory<byte> Json);

/// <summary>Writes the index rows of a commit, in the commit's own transaction.</summary>
public sealed class SearchIndex
{
    public Task Write(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<IndexedWrite> writes, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>Finds resources by search parameters.</summary>
public sealed class SearchEngine
{
    /// <summary>Ids of the resources that match <paramref name="query"/> (a query string without '?'), for conditional interactions.</summary>
    public Task<IReadOnlyList<string>> FindIds(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, string resourceType, string query, AccessFilter filter, int limit, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<string>>([]);
}

/// <summary>What the module asks of search at start: its services and its endpoints (relative to /fhir).</summary>
public static class SearchFeature
{
    public static void Add(IHostApplicationBuilder builder)
    {
    }

    public static void Map(IEndpointRouteBuilder fhir)
    {
    }
}
