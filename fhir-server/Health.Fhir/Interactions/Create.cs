using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Validation;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// create and conditional create. http://hl7.org/fhir/R4/http.html#create, #ccreate
/// If-None-Exist is evaluated inside the committer, so parallel identical requests make one resource.
/// </summary>
public static class Create
{
    public static void Map(IEndpointRouteBuilder fhir) => FhirDoor.Map(fhir, "/{type}", ["POST"], "create", Handle);

    public static async ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        var type = request.Type!;
        var (filter, denied) = await request.Authorise(AccessKind.Create, type, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        if (ResourceCheck.TryRead(request.Body.Span, type, out var scan) is { Count: > 0 } issues) return FhirAnswer.Of(issues);
        if (await ProfileCheck.Run(request, request.Body, scan, ct) is { Count: > 0 } broken) return FhirAnswer.Of(broken);
        var (write, refusal) = await Prepare(request, type, request.Body, null, ct);
        return refusal is not null ? FhirAnswer.Of(refusal) : await RestWrites.Commit(request, RestWrites.Unit(request, filter, write!), ct);
    }

    /// <summary>The write of a checked body, under a fresh id (a sent one is not kept).</summary>
    public static async ValueTask<(UnitWrite?, Refusal?)> Prepare(FhirRequest request, string type, ReadOnlyMemory<byte> body, Dictionary<string, string>? residents, CancellationToken ct)
    {
        Criteria? criteria = null;
        if (request.IfNoneExist is { } query)
        {
            (criteria, var refusal) = RestWrites.Condition(request, ConditionalForm.Create, type, query);
            if (refusal is not null) return (null, refusal);
        }

        var id = NewId(request.Services.Time);
        if (type is "Subscription" or "SearchParameter" && request.Services.Admission(type) is { } admit)
        {
            (body, var refusal) = await admit(request, id, body, ct);
            if (refusal is not null) return (null, refusal);
        }

        var resident = criteria is not null && type == "Patient" ? await KnownResident(request, criteria.Query, ct) : null;
        return (new UnitWrite(new RecordWrite(WriteKind.Create, type, id, body))
        {
            ResidentId = resident ?? await ResidentResolution.Of(request, type, id, body, residents, ct),
            Criteria = criteria,
            Interaction = "create",
            IdIsFresh = true,
        }, null);
    }

    public static string NewId(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString();

    // A Patient that is there already must not be linked a second time under an id that will never exist.
    public static async ValueTask<string?> KnownResident(FhirRequest request, string criteria, CancellationToken ct)
    {
        await using var connection = await request.Services.Database.OpenConnectionAsync(ct);
        var ids = await request.Services.Search.FindIds(connection, null, "Patient", criteria, await request.VisibleToCaller("Patient", ct), 2, ct);
        return ids.Count == 1 ? await request.Services.Residents.ResidentOf(ids[0], ct) : null;
    }
}
