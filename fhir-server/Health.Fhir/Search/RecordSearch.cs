using Health.Contracts;
using Health.Fhir.Records;

namespace Health.Fhir.Search;

/// <summary>
/// The door for modules that search: <see cref="IRecordSearch"/>. One type, no chains: the filter given is the filter of that type.
/// </summary>
public sealed class RecordSearch(SearchEngine engine, RecordReader reader) : IRecordSearch
{
    public async ValueTask<(IReadOnlyList<FoundRecord> Found, Refusal? Refusal)> Find(string resourceType, string query, AccessFilter filter, int most, CancellationToken ct)
    {
        if (query.Split('&').Select(part => part.Split('=')[0]).FirstOrDefault(name => name.StartsWith('_') && name != "_id" || name.Contains('.', StringComparison.Ordinal)) is { } control)
            return ([], Refusal.NotSupported($"'{control}' is no criterion of this search."));
        if (engine.TryRead(resourceType, query, out var search) is { } unread) return ([], unread);
        if (search.Criteria.Count == 0) return ([], Refusal.Invalid("The search names no criterion."));
        List<FoundRecord> found = [];
        PageState? next = null;
        do
        {
            var (page, refusal) = await engine.Run(search with { Count = Math.Min(most - found.Count, Limits.MaxCount) }, next, filter, ct);
            if (refusal is not null) return ([], refusal);
            var records = await reader.ByRids([.. page.Matches.Select(hit => hit.Rid)], filter, ct);
            // Erased or deleted meanwhile: not found.
            foreach (var record in records)
                if (!record.Deleted && record.Json is { } json)
                    found.Add(new FoundRecord(record.ResourceType, record.Id, record.ResidentId, record.InstitutionCode, json));
            next = page.Next;
        }
        while (next is not null && found.Count < most);
        return (found, null);
    }
}
