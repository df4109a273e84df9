using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;

namespace Health.Fhir.Validation;

/// <summary>On a write: the profiles a resource claims in meta.profile hold, where they are known here.</summary>
public static class ProfileCheck
{
    /// <summary>What is wrong; nothing for a resource that claims no profile, which costs nothing.</summary>
    public static async ValueTask<IReadOnlyList<Refusal>> Run(FhirRequest request, ReadOnlyMemory<byte> body, ResourceScan scan, CancellationToken ct)
    {
        if (scan.MetaIsEmpty || request.Services.Conformance is not { } store) return [];
        if (body.Span.Slice(scan.Meta.Start, scan.Meta.Length).IndexOf("\"profile\""u8) < 0) return [];
        var issues = new ProfileValidator(await store.Current(ct), request.Services.Time).Run(body.Span, [], inform: false);
        return [.. issues.Select(issue => issue.AsRefusal())];
    }
}
