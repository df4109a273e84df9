using Health.Contracts;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Npgsql;

namespace Health.Fhir.Subscriptions;

/// <summary>A version that was written, as the log has it.</summary>
public readonly record struct LoggedVersion(long Sequence, string ResourceType, string Id, bool IsDeletion, DateTimeOffset At);

/// <summary>
/// Which versions of a portion of the log a subscription is about: the search of its criteria, with the filter of its subscriber, at the
/// sequence of each version. What nobody may search nobody is told of.
/// </summary>
public sealed class SubscriptionMatcher(NpgsqlDataSource database, SearchKeys keys, Blinding blinding, CodeSetSource codeSets, FhirServices services, NodeIdentity node)
{
    /// <param name="versions">All versions of the subscription's type in a portion that ends at <paramref name="end"/>, in order.</param>
    public async Task<IReadOnlyList<LoggedVersion>> Matching(SubscriptionSettings settings, IReadOnlyList<LoggedVersion> versions, long end, CancellationToken ct)
    {
        var relevant = versions.Where(version => settings.OnDelete || !version.IsDeletion).ToList();
        if (relevant.Count == 0 || await FilterOf(settings, ct) is not { } filter) return [];
        var last = versions.GroupBy(version => version.Id).ToDictionary(group => group.Key, group => group.Last().Sequence);
        // The last version of a resource in the portion still holds at its end: one search answers for all of those.
        var together = settings.LooksAround ? [] : relevant.Where(version => !version.IsDeletion && last[version.Id] == version.Sequence).ToList();
        var found = together.Count == 0 ? [] : await Search(settings.Criteria, [.. together.Select(version => version.Id)], filter, end, ct);
        var judged = together.Select(version => version.Sequence).ToHashSet();

        List<LoggedVersion> matching = [];
        foreach (var version in relevant)
        {
            var isMatch = judged.Contains(version.Sequence)
                ? found.Contains(version.Id)
                : (await Search(settings.Criteria, [version.Id], filter, version.IsDeletion ? version.Sequence - 1 : version.Sequence, ct)).Count > 0;
            if (isMatch && !version.IsDeletion && settings.NotBefore is { } before) isMatch = (await Search(before, [version.Id], filter, version.Sequence - 1, ct)).Count == 0;
            if (isMatch) matching.Add(version);
        }

        return matching;
    }

    /// <summary>A request in the subscriber's name.</summary>
    public FhirRequest RequestOf(SubscriptionSettings settings) =>
        new(services, settings.Subscriber with { RequestId = $"subscription-{settings.Id}" }, $"{node.BaseUrl}/fhir", "GET", settings.ResourceType, null, "", default);

    private async ValueTask<AccessFilter?> FilterOf(SubscriptionSettings settings, CancellationToken ct)
    {
        var decision = await services.Policy.Decide(new AccessRequest(settings.Subscriber, AccessKind.Search, settings.ResourceType), ct);
        return decision is AccessDecision.Permit permit ? await SearchScope.FilterOf(RequestOf(settings), settings.Criteria, permit.Filter, ct) : null;
    }

    private async Task<HashSet<string>> Search(SearchQuery query, string[] ids, AccessFilter filter, long sequence, CancellationToken ct)
    {
        var (codes, unknown) = await codeSets.Resolve(query.Criteria, filter, ct);
        if (unknown is not null) throw new InvalidOperationException(unknown.Diagnostics);
        var (opened, refusal) = await SearchSnapshot.Open(database, sequence.ToString(), LocalZone.Of(ExtractionSettings.China), null, ct);
        if (refusal is not null) throw new InvalidOperationException(refusal.Diagnostics);
        await using var snapshot = opened!;
        var sql = new SqlContext(await keys.Load(ct), blinding, filter, snapshot.Past) { CodeSets = codes };
        var narrowed = query with { Criteria = [new Criterion.Ids(ids), .. query.Criteria], Count = ids.Length, Sort = [] };
        await using var command = snapshot.Command(new SearchSql(narrowed, sql).Page(null), sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        HashSet<string> found = [];
        while (await reader.ReadAsync(ct)) found.Add(reader.GetString(1));
        return found;
    }
}
