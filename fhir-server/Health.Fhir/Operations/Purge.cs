using Health.Contracts;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Fhir.Operations;

/// <summary>
/// <c>Patient/ID/$purge</c>, for operators, with a <c>ground</c>: the key of the resident behind the Patient is destroyed, so nothing of the
/// record opens again, in any version; events stay, so every proof stays valid, and reads answer 410. The key is the resident's, so there is
/// no purge of one resource: that would be a promise nobody could check.
/// </summary>
public static class Purge
{
    public static void Map(IEndpointRouteBuilder fhir)
    {
        var erasure = fhir.ServiceProvider.GetService<IResidentErasure>();
        if (erasure is not null) FhirDoor.Map(fhir, "/Patient/{id}/$purge", ["POST"], "$purge", (request, ct) => Handle(request, erasure, ct));
    }

    private static async ValueTask<FhirAnswer> Handle(FhirRequest request, IResidentErasure erasure, CancellationToken ct)
    {
        if (OperationRequest.Unknown(request, "$purge", "ground") is { } unknown) return FhirAnswer.Of(unknown);
        var (filter, denied) = await request.Authorise(AccessKind.Delete, "Patient", ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        if (!request.Caller.Roles.Contains("operator"))
        {
            var forbidden = Refusal.Forbidden($"{request.Caller.ClientId} may not purge: that is an operator's business.");
            await request.RecordRefusal("D", "purge", $"Patient/{request.Id}", forbidden, ct);
            return FhirAnswer.Of(forbidden);
        }

        var resident = await request.Services.Records.IsVisible("Patient", request.Id!, filter, ct) ? await request.Services.Residents.ResidentOf(request.Id!, ct) : null;
        if (resident is null) return FhirAnswer.Of(Refusal.NotFound($"Patient/{request.Id} is not known, or is erased already."));
        if (OperationRequest.Parameter(request, "ground") is not { } ground) return FhirAnswer.Of(Refusal.Invalid("A purge names its ground.", "ground"));
        if (await erasure.Erase(resident, ground, request.EventHeader, ct) is { } refusal)
        {
            await request.RecordRefusal("D", "purge", $"Patient/{request.Id}", refusal, ct);
            return FhirAnswer.Of(refusal);
        }

        await request.RecordRead("purge", $"Patient/{request.Id}", resident, ct, action: "D");
        return new FhirAnswer(200) { Body = OutcomeWriter.Write([new Refusal(200, "informational", $"The key of the resident behind Patient/{request.Id} is destroyed; the record cannot be opened any more.")]) };
    }
}
