using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Validation;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// update, update-as-create and conditional update. http://hl7.org/fhir/R4/http.html#update, #cond-update
/// If-Match asks for a version (412 otherwise), If-None-Match: * asks that there be none. An update that says nothing new makes no version.
/// </summary>
public static class Update
{
    public static void Map(IEndpointRouteBuilder fhir)
    {
        FhirDoor.Map(fhir, "/{type}/{id}", ["PUT"], "update", Handle);
        FhirDoor.Map(fhir, "/{type}", ["PUT"], "update", Handle);
    }

    public static async ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        var (filter, denied) = await request.Authorise(AccessKind.Update, request.Type!, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        if (ResourceCheck.TryRead(request.Body.Span, request.Type, out var scan) is { Count: > 0 } issues) return FhirAnswer.Of(issues);
        if (await ProfileCheck.Run(request, request.Body, scan, ct) is { Count: > 0 } broken) return FhirAnswer.Of(broken);
        var (write, refusal) = await Prepare(request, request.Type!, request.Body, scan, filter, null, ct);
        return refusal is not null ? FhirAnswer.Of(refusal) : await RestWrites.Commit(request, RestWrites.Unit(request, filter, write!), ct);
    }

    /// <summary>The write of a checked body; the address names the id or a search.</summary>
    public static async ValueTask<(UnitWrite?, Refusal?)> Prepare(
        FhirRequest request, string type, ReadOnlyMemory<byte> body, ResourceScan scan, AccessFilter filter, Dictionary<string, string>? residents, CancellationToken ct)
    {
        var (expected, malformed) = RestWrites.Expected(request);
        if (malformed is not null) return (null, malformed);
        Criteria? criteria = null;
        if (request.Id is null)
        {
            (criteria, var refusal) = RestWrites.Condition(request, ConditionalForm.Update, type, request.Query);
            if (refusal is not null) return (null, refusal);
        }

        if (request.Id is not null && scan.Id is null) return (null, Refusal.Invalid($"The body has no id; the address says {request.Id}.", $"{type}.id"));
        if (request.Id is not null && scan.Id != request.Id) return (null, Refusal.Invalid($"The body's id is {scan.Id}; the address says {request.Id}.", $"{type}.id"));
        var id = request.Id ?? scan.Id ?? Create.NewId(request.Services.Time);
        if (ResidentIdNumber.TryParse(id, out _)) return (null, Refusal.Unprocessable("A resident ID number cannot be a logical id: logical ids stand in logs and addresses.", $"{type}.id"));
        if (type is "Subscription" or "SearchParameter" && request.Services.Admission(type) is { } admit)
        {
            (body, var refusal) = await admit(request, id, body, ct);
            if (refusal is not null) return (null, refusal);
        }

        var mayTouch = await RestWrites.MayTouch(request, type, id, filter, ct);
        // What will be refused must not reach the index of persons first.
        var willBeRefused = !mayTouch && await request.Services.Records.IsVisible(type, id, new AccessFilter.Everything(), ct);
        var known = criteria is not null && type == "Patient" ? await Create.KnownResident(request, criteria.Query, ct) : null;
        return (new UnitWrite(new RecordWrite(WriteKind.Put, type, id, body) { ExpectedVersion = expected })
        {
            ResidentId = willBeRefused ? null : known ?? await ResidentResolution.Of(request, type, id, body, residents, ct),
            Criteria = criteria,
            IdIsGiven = scan.Id is not null,
            Interaction = "update",
            MayTouchExisting = mayTouch,
        }, null);
    }
}
