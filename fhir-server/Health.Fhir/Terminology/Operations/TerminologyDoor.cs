using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Fhir.Terminology;

/// <summary>What a terminology operation works with, once the caller may read the type.</summary>
/// <param name="Own">The resource of an instance-level call; null at type level.</param>
public sealed record TerminologyCall(FhirRequest Request, CodeLibrary Library, JsonElement? Own);

/// <summary>
/// The way into the terminology operations: the right to read the type, the library as of now, the resource the address names, and the audit fact.
/// </summary>
internal static class TerminologyDoor
{
    public delegate FhirAnswer Operation(TerminologyCall call);

    /// <summary>Maps <c>/Type/$name</c>, and <c>/Type/{id}/$name</c> where the operation has an instance level; GET and POST.</summary>
    public static void Map(IEndpointRouteBuilder fhir, string type, string name, bool hasInstances, Operation operation)
    {
        var store = fhir.ServiceProvider.GetRequiredService<ConformanceStore>();
        FhirDoor.Map(fhir, $"/{type}/${name}", ["GET", "POST"], "$" + name, (request, ct) => Handle(request with { Type = type }, store, name, operation, ct));
        if (hasInstances) FhirDoor.Map(fhir, $"/{type}/{{id}}/${name}", ["GET", "POST"], "$" + name, (request, ct) => Handle(request with { Type = type }, store, name, operation, ct));
    }

    private static async ValueTask<FhirAnswer> Handle(FhirRequest request, ConformanceStore store, string name, Operation operation, CancellationToken ct)
    {
        var (filter, denied) = await request.Authorise(AccessKind.Read, request.Type!, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        var library = await store.Current(ct);
        JsonElement? own = null;
        if (request.Id is { } id)
        {
            own = library.FindById(request.Type!, id);
            var isHidden = own is not null && library.Own(request.Type!).Any(resource => resource.Id == id) && !await request.Services.Records.IsVisible(request.Type!, id, filter, ct);
            if (own is null || isHidden)
            {
                var unknown = Refusal.NotFound($"{request.Type}/{id} is not known.");
                await request.RecordRefusal("E", name, $"{request.Type}/{id}", unknown, ct);
                return FhirAnswer.Of(unknown);
            }
        }

        var answer = operation(new TerminologyCall(request, library, own));
        if (answer.IsRefused) await request.RecordRefusal("E", name, request.Id is null ? request.Type : $"{request.Type}/{request.Id}", answer.Issues[0], ct);
        else await request.RecordRead(name, request.Id is null ? request.Type : $"{request.Type}/{request.Id}", null, ct, null, "E");
        return answer;
    }

    public static FhirAnswer NotFound(string text, string? expression = null) => FhirAnswer.Of(new Refusal(404, "not-found", text, expression));
}
