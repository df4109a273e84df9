using Health.Contracts;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Fhir.Operations;

/// <summary>
/// <c>Patient/&lt;id&gt;/$everything</c>: one record of the resident behind a Patient, across institutions.
/// http://hl7.org/fhir/R4/patient-operation-everything.html
/// The Patient leads to its resident (index of persons), the resident to everything that concerns them; what the caller may not see of
/// another institution stays out. Pages of <c>_count</c> (1,000 unless told) at one sequence, so memory is bounded.
/// </summary>
public static class Everything
{
    private static readonly HashSet<string> Known = ["_since", "_type", "_count", "_asOf", "_page", "_format", "_pretty"];

    public static void Map(IEndpointRouteBuilder fhir)
    {
        var engine = fhir.ServiceProvider.GetRequiredService<RecordOfResident>();
        var tokens = fhir.ServiceProvider.GetRequiredService<PageToken>();
        FhirDoor.Map(fhir, "/Patient/{id}/$everything", ["GET", "POST"], "$everything", (request, ct) => Handle(request with { Type = "Patient" }, engine, tokens, ct));
    }

    private static async ValueTask<FhirAnswer> Handle(FhirRequest request, RecordOfResident engine, PageToken tokens, CancellationToken ct)
    {
        var id = request.Id!;
        var (own, denied) = await request.Authorise(AccessKind.Read, "Patient", ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        var residentOf = request.Services.Residents.ResidentOf(id, ct).AsTask();
        var visible = request.Services.Records.IsVisible("Patient", id, own, ct).AsTask();
        await Task.WhenAll(residentOf, visible);
        if (!await visible)
        {
            var unknown = Refusal.NotFound($"Patient/{id} is not known.");
            await request.RecordRefusal("E", "everything", $"Patient/{id}", unknown, ct);
            return FhirAnswer.Of(unknown);
        }

        if (TryRead(request, out var wanted) is { } refusal) return FhirAnswer.Of(refusal);
        var pages = new PageLinks(tokens, request, $"{request.BaseUrl}/Patient/{id}/$everything");
        PageState? continuing = null;
        if (request.Parameter("_page") is { } token && (continuing = pages.Read(token)) is null) return FhirAnswer.Of(PageLinks.Invalid);

        var filter = await SearchScope.FilterOf(request, wanted.Types.Count > 0 ? wanted.Types : FhirDefinitions.R4.ResourceTypes, ct);
        var resident = await residentOf;
        var (page, failed) = await engine.Page(id, resident, wanted, continuing, filter, ct);
        if (failed is not null) return FhirAnswer.Of(failed);
        var links = new PatientLinks(request.Services.Residents);
        await Task.WhenAll(request.RecordRead("everything", $"Patient/{id}", resident, ct, request.Query, "E").AsTask(), links.Prepare(page, ct));
        var bundle = new SearchBundle(request.Services.Records, links, request.BaseUrl);
        return await bundle.Answer(request, page, filter, pages.Self, pages.Next(page.Next), ct);
    }

    private static Refusal? TryRead(FhirRequest request, out RecordOfResident.Wanted wanted)
    {
        wanted = new RecordOfResident.Wanted([], null, Limits.MaxCount, request.Parameter("_asOf"));
        if (!request.Body.IsEmpty) return Refusal.NotSupported("$everything takes its parameters in the URL, not in a Parameters body.");
        foreach (var name in request.Parameters.Keys)
            if (!Known.Contains(name)) return Refusal.NotSupported($"The parameter '{name}' is not known to $everything. Known: {string.Join(", ", Known.Order(StringComparer.Ordinal))}.", name);
        if (request.Parameter("_type") is { } types)
        {
            wanted = wanted with { Types = types.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) };
            if (wanted.Types.FirstOrDefault(type => !FhirDefinitions.R4.ResourceTypes.Contains(type)) is { } unknown) return Refusal.Invalid($"{unknown} is not a resource type.", "_type");
        }
        if (request.Parameter("_count") is { } text)
        {
            if (!int.TryParse(text, out var count) || count < 1) return Refusal.Invalid($"_count is a number from 1, not '{text}'.", "_count");
            wanted = wanted with { Count = Math.Min(count, Limits.MaxCount) };
        }
        if (request.Parameter("_since") is not { } since) return null;
        if (!DateRange.TryParse(since, request.Services.Zone, out var range)) return Refusal.Invalid($"_since is an instant, not '{since}'.", "_since");
        wanted = wanted with { Since = range.Low };
        return null;
    }
}
