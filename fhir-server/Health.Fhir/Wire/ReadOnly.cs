using Health.Contracts;

namespace Health.Fhir.Wire;

/// <summary>Keeps clients from writing what only the platform writes. http://hl7.org/fhir/R4/http.html#create: 405 where a type does not take the interaction.</summary>
internal static class ReadOnly
{
    public static FhirDoor.Interaction Guard(FhirDoor.Interaction interaction, AccessKind kind) => async (request, ct) =>
    {
        if (!ResourceTypes.IsReadOnly(request.Type)) return await interaction(request, ct);
        // Who tried to write it is worth a fact, by whatever rule the caller is denied.
        var (_, denied) = await request.Authorise(kind, request.Type!, ct);
        if (denied is null) await request.RecordRefusal(kind switch { AccessKind.Create => "C", AccessKind.Delete => "D", _ => "U" }, kind.ToString().ToLowerInvariant(), request.Type, Refused(request.Type!), ct);
        return FhirAnswer.Of(Refused(request.Type!)) with { Headers = [("Allow", "GET, HEAD, OPTIONS")] };
    };

    private static Refusal Refused(string type) => new(405, "not-supported", $"{type} is written by the platform alone; it can be read and searched.");
}
