using System.Globalization;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// read and vread, also as of a past moment (<c>?_asOf=</c> sequence or instant). http://hl7.org/fhir/R4/http.html#read
/// The stored bytes go out as they are. What the caller may not see does not exist for them.
/// </summary>
public static class Read
{
    public static void Map(IEndpointRouteBuilder fhir)
    {
        FhirDoor.Map(fhir, "/{type}/{id}", ["GET", "HEAD"], "read", Handle);
        FhirDoor.Map(fhir, "/{type}/{id}/_history/{vid}", ["GET", "HEAD"], "vread", Handle);
    }

    public static async ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        var (type, id) = (request.Type!, request.Id!);
        var (filter, denied) = await request.Authorise(AccessKind.Read, type, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        if (UnknownParameter(request) is { } unknown) return FhirAnswer.Of(unknown);
        var (record, refusal) = await Find(request, type, id, filter, ct);
        if (refusal is not null) return FhirAnswer.Of(refusal);
        if (record is null && type == "Binary" && request.VersionId is null && await RawMessageBinary.Read(request, ct) is { } raw) return raw;
        var interaction = request.VersionId is null ? "read" : "vread";
        if (record is null)
        {
            var unknownId = Refusal.NotFound(request.VersionId is { } version ? $"{type}/{id} has no version {version}." : $"{type}/{id} is not known.");
            await request.RecordRefusal("R", interaction, $"{type}/{id}", unknownId, ct);
            return FhirAnswer.Of(unknownId);
        }

        await request.RecordRead(interaction, $"{type}/{id}/_history/{record.Version}", record.ResidentId, ct);
        if (record.Deleted) return FhirAnswer.Of(Refusal.Gone($"{type}/{id} was deleted.")) with { Version = record.Version, LastUpdated = record.LastUpdated };
        if (record.Json is null) return FhirAnswer.Of(Refusal.Gone($"{type}/{id} was erased: its key was destroyed."));
        if (FhirHeaders.IsNotModified(request, record.Version, record.LastUpdated)) return new FhirAnswer(304) { Version = record.Version, LastUpdated = record.LastUpdated };
        return FhirAnswer.Of(record);
    }

    private static async ValueTask<(StoredRecord?, Refusal?)> Find(FhirRequest request, string type, string id, AccessFilter filter, CancellationToken ct)
    {
        if (request.VersionId is { } version) return (await request.Services.Records.FindVersion(type, id, version, filter, ct), null);
        if (request.Parameter("_asOf") is not { } text) return (await request.Services.Records.Find(type, id, filter, ct), null);
        if (AsOf(text, request.Services.Zone) is not { } moment) return (null, Refusal.Invalid("_asOf is a sequence of the log (a whole number) or an instant such as 2026-01-01T08:00:00+08:00."));
        return (await request.Services.Records.FindAsOf(type, id, moment, filter, ct), null);
    }

    /// <summary>A sequence or an instant, of <paramref name="zone"/> when it names none; null when it is neither.</summary>
    public static AsOf? AsOf(string text, LocalZone zone)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)) return Records.AsOf.At(sequence);
        return Instants.TryRead(text, zone, out var instant) ? Records.AsOf.At(instant) : null;
    }

    private static Refusal? UnknownParameter(FhirRequest request)
    {
        foreach (var name in request.Parameters.Keys)
            if (name is not ("_format" or "_pretty" or "_asOf")) return Refusal.NotSupported($"The parameter '{name}' is not known to read.");
        return null;
    }
}
