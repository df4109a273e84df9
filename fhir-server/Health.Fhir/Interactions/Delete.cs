using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// delete and conditional delete (one match; more is 412). http://hl7.org/fhir/R4/http.html#delete
/// The history stays; a read answers 410. What is not there, or not the caller's to touch, is deleted without effect: 204.
/// </summary>
public static class Delete
{
    public static void Map(IEndpointRouteBuilder fhir)
    {
        FhirDoor.Map(fhir, "/{type}/{id}", ["DELETE"], "delete", Handle);
        FhirDoor.Map(fhir, "/{type}", ["DELETE"], "delete", Handle);
    }

    public static async ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        var (filter, denied) = await request.Authorise(AccessKind.Delete, request.Type!, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        var (write, refusal) = await Prepare(request, request.Type!, filter, ct);
        return refusal is not null ? FhirAnswer.Of(refusal) : await RestWrites.Commit(request, RestWrites.Unit(request, filter, write!), ct);
    }

    public static async ValueTask<(UnitWrite?, Refusal?)> Prepare(FhirRequest request, string type, AccessFilter filter, CancellationToken ct)
    {
        var (expected, malformed) = RestWrites.Expected(request);
        if (malformed is not null) return (null, malformed);
        Criteria? criteria = null;
        if (request.Id is null)
        {
            (criteria, var refusal) = RestWrites.Condition(request, ConditionalForm.Delete, type, request.Query);
            if (refusal is not null) return (null, refusal);
        }

        return (new UnitWrite(new RecordWrite(WriteKind.Delete, type, request.Id ?? "-", default) { ExpectedVersion = expected })
        {
            Criteria = criteria,
            Interaction = "delete",
            MayTouchExisting = request.Id is null || await RestWrites.MayTouch(request, type, request.Id, filter, ct),
        }, null);
    }
}
