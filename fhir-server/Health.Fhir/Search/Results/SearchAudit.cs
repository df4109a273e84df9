using Health.Fhir.Wire;

namespace Health.Fhir.Search;

/// <summary>
/// What a search leaves in the audit log before its answer is sent: one fact per resident whose data the page shows (so that each finds it in
/// the own access log), or one without a resident. The query may hold identifiers, so it goes into the sealed detail.
/// </summary>
public static class SearchAudit
{
    public static async Task Record(FhirRequest request, string interaction, string? target, IEnumerable<SearchHit> hits, string query, CancellationToken ct)
    {
        var residents = hits.Select(hit => hit.Resident).OfType<string>().Distinct().ToList();
        var facts = residents.Count == 0 ? [null] : residents.Cast<string?>();
        // Concurrent calls share a commit.
        await Task.WhenAll(facts.Select(resident => request.RecordRead(interaction, target, resident, ct, query, "E").AsTask()));
    }
}
