using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;

namespace Health.Fhir.Operations;

/// <summary>What operations on one resource share.</summary>
internal static class OperationRequest
{
    private static readonly HashSet<string> OfTheDoor = ["_format", "_pretty"];

    /// <summary>Refuses parameters an operation does not know: what is passed over would answer something else than was asked.</summary>
    public static Refusal? Unknown(FhirRequest request, string operation, params string[] known)
    {
        if (OperationParameters.Check(request.Body) is { } malformed) return malformed;
        foreach (var name in request.Parameters.Keys.Concat(OperationParameters.NamesOf(request.Body)))
            if (!known.Contains(name) && !OfTheDoor.Contains(name))
                return Refusal.NotSupported($"The parameter '{name}' is not known to {operation}. Known: {(known.Length == 0 ? "none" : string.Join(", ", known))}.", name);
        return null;
    }

    /// <summary>A parameter of the address or of the Parameters body.</summary>
    public static string? Parameter(FhirRequest request, string name) => request.Parameter(name) ?? (OperationParameters.Of(request.Body, name) is [.., var last] ? last : null);

    /// <summary>The current version as the caller may see it, or why there is none.</summary>
    public static async ValueTask<(StoredRecord? Record, AccessFilter Filter, FhirAnswer? Refused)> Find(FhirRequest request, AccessKind kind, string type, string operation, CancellationToken ct)
    {
        var (filter, denied) = await request.Authorise(kind, type, ct);
        if (denied is not null) return (null, filter, FhirAnswer.Of(denied));
        var record = request.VersionId is { } version
            ? await request.Services.Records.FindVersion(type, request.Id!, version, filter, ct)
            : await request.Services.Records.Find(type, request.Id!, filter, ct);
        if (record is null)
        {
            var unknown = Refusal.NotFound($"{type}/{request.Id} is not known.");
            await request.RecordRefusal(kind == AccessKind.Read ? "R" : "U", operation, $"{type}/{request.Id}", unknown, ct);
            return (null, filter, FhirAnswer.Of(unknown));
        }

        if (record.Json is null) return (null, filter, FhirAnswer.Of(Refusal.Gone($"{type}/{request.Id} was erased: its key was destroyed.")));
        return record.Deleted ? (null, filter, FhirAnswer.Of(Refusal.Gone($"{type}/{request.Id} was deleted."))) : (record, filter, null);
    }
}
