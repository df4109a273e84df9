using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Fhir.Operations;

/// <summary>
/// <c>Observation/$lastn</c>: the newest observations of each code. http://hl7.org/fhir/R4/observation-operation-lastn.html
/// Codes are the same when they share a coding; of equal times at the border all are given. Everything but <c>max</c> is a search.
/// </summary>
public static class LastN
{
    /// <summary>Observations looked through; more is refused, not cut.</summary>
    public const int MostObservations = 10_000;

    private const int MostPerCode = 100;

    public static void Map(IEndpointRouteBuilder fhir) =>
        FhirDoor.Map(fhir, "/Observation/$lastn", ["GET"], "$lastn", Handle);

    /// <param name="Place">0 is the newest.</param>
    private sealed record Seen(SearchHit Hit, string? Time, int Place);

    private static async ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        var (own, denied) = await request.Authorise(AccessKind.Search, "Observation", ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        var max = 1;
        if (request.Parameter("max") is { } text && (!int.TryParse(text, out max) || max is < 1 or > MostPerCode)) return FhirAnswer.Of(Refusal.Invalid($"max is a number from 1 to {MostPerCode}, not '{text}'.", "max"));
        if (!request.Parameters.ContainsKey("patient") && !request.Parameters.ContainsKey("subject")) return FhirAnswer.Of(Refusal.Invalid("$lastn asks about a subject: patient=… or subject=….", "subject"));
        var rest = string.Join('&', request.Query.Split('&', StringSplitOptions.RemoveEmptyEntries).Where(part => !part.StartsWith("max=", StringComparison.Ordinal)));
        if (request.Services.Search.TryRead("Observation", rest, out var query) is { } refusal) return FhirAnswer.Of(refusal);
        if (query is not { Sort.Count: 0, Includes.Count: 0, Page: null, IsCountOnly: false }) return FhirAnswer.Of(Refusal.NotSupported("$lastn decides order and size itself: _sort, _include, _page and _summary are not taken."));
        request.Services.Search.TryRead("Observation", rest + "&_sort=-date&_count=" + Limits.MaxCount, out query);

        var filter = await SearchScope.FilterOf(request, query, own, ct);
        var (last, tooMany) = await Collect(request, query, filter, max, ct);
        if (tooMany is not null) return FhirAnswer.Of(tooMany);
        await SearchAudit.Record(request, "lastn", null, last, $"Observation/$lastn?{request.Query}", ct);
        var bundle = new SearchBundle(request.Services.Records, new PatientLinks(request.Services.Residents), request.BaseUrl) { Elements = query.Elements };
        return await bundle.Answer(request, new SearchPage(last, [], last.Count, 0, null), filter, $"{request.BaseUrl}/Observation/$lastn?{request.Query}", null, ct);
    }

    private static async ValueTask<(List<SearchHit> Last, Refusal? TooMany)> Collect(FhirRequest request, SearchQuery query, AccessFilter filter, int max, CancellationToken ct)
    {
        List<Group> groups = [];
        PageState? at = null;
        var (looked, place) = (0, 0);
        do
        {
            var (page, refusal) = await request.Services.Search.Run(query, at, filter, ct);
            if (refusal is not null) return ([], refusal);
            var bodies = (await request.Services.Records.BySequences([.. page.Matches.Select(hit => hit.Sequence)], filter, ct)).ToDictionary(record => record.Sequence);
            foreach (var hit in page.Matches)
                if (bodies.TryGetValue(hit.Sequence, out var record) && record.Json is { IsEmpty: false } json) Add(groups, hit with { Stored = null }, json, request.Services.Zone, place++);
            if ((looked += page.Matches.Count) > MostObservations) return ([], Refusal.TooCostly($"More than {MostObservations} observations match: narrow by code, category or date."));
            at = page.Next;
        }
        while (at is not null);
        return ([.. groups.SelectMany(group => group.Newest(max)).Select(seen => seen.Hit)], null);
    }

    /// <summary>Observations come newest first. One that shares a code with several groups shows that they were one all along.</summary>
    private static void Add(List<Group> groups, SearchHit hit, ReadOnlyMemory<byte> json, LocalZone zone, int place)
    {
        using var document = JsonDocument.Parse(json);
        var group = new Group(CodesOf(document.RootElement), [new Seen(hit, TimeOf(document.RootElement, zone), place)]);
        foreach (var other in groups.FindAll(each => each.Codes.Overlaps(group.Codes)))
        {
            groups.Remove(other);
            group = new Group([.. other.Codes, .. group.Codes], [.. other.Found, .. group.Found]);
        }

        groups.Add(group);
    }

    /// <summary>Observations whose codes are the same, whatever code led from one to the other.</summary>
    private sealed record Group(HashSet<string> Codes, List<Seen> Found)
    {
        public IEnumerable<Seen> Newest(int max)
        {
            List<Seen> ordered = [.. Found.OrderBy(seen => seen.Place)];
            var border = ordered.Count > max ? ordered[max - 1].Time : null;
            return ordered.TakeWhile((seen, i) => i < max || (border is not null && seen.Time == border));
        }
    }

    private static HashSet<string> CodesOf(JsonElement observation)
    {
        HashSet<string> codes = [];
        if (!observation.TryGetProperty("code", out var code)) return codes;
        if (code.TryGetProperty("coding", out var codings))
            foreach (var coding in codings.EnumerateArray())
                if (coding.TryGetProperty("code", out var value)) codes.Add($"{(coding.TryGetProperty("system", out var system) ? system.GetString() : "")}|{value.GetString()}");
        if (codes.Count == 0 && code.TryGetProperty("text", out var text)) codes.Add($"text|{text.GetString()}");
        return codes;
    }

    /// <summary>Equal moments in different zones are equal.</summary>
    private static string? TimeOf(JsonElement observation, LocalZone zone)
    {
        foreach (var name in new[] { "effectiveDateTime", "effectiveInstant" })
            if (observation.TryGetProperty(name, out var value) && DateRange.TryParse(value.GetString(), zone, out var range)) return $"{range.Low:O}/{range.High:O}";
        return observation.TryGetProperty("effectivePeriod", out var period) ? period.GetRawText() : null;
    }
}
