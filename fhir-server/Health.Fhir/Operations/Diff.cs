using System.Globalization;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Interactions;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Fhir.Operations;

/// <summary>
/// <c>Type/ID/$diff</c>: what changed between two moments (<c>_from</c>, <c>_to</c>: sequence or instant; now when absent) or two versions
/// (<c>_fromVersion</c>, <c>_toVersion</c>) of a resource, as operations of FHIRPath Patch. <c>Patient/ID/$diff?_record=true</c> does so for
/// all that concerns the resident behind the Patient.
/// </summary>
public static class Diff
{
    private const int MostResources = 5000;
    private static readonly string[] Known = ["_from", "_to", "_fromVersion", "_toVersion", "_record"];

    public static void Map(IEndpointRouteBuilder fhir)
    {
        var records = fhir.ServiceProvider.GetRequiredService<RecordOfResident>();
        FhirDoor.Map(fhir, "/{type}/{id}/$diff", ["GET"], "$diff", (request, ct) => Handle(request, records, ct));
    }

    private static async ValueTask<FhirAnswer> Handle(FhirRequest request, RecordOfResident engine, CancellationToken ct)
    {
        if (OperationRequest.Unknown(request, "$diff", Known) is { } unknown) return FhirAnswer.Of(unknown);
        var (filter, denied) = await request.Authorise(AccessKind.Read, request.Type!, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        if (!await request.Services.Records.IsVisible(request.Type!, request.Id!, filter, ct))
        {
            var notKnown = Refusal.NotFound($"{request.Type}/{request.Id} is not known.");
            await request.RecordRefusal("R", "diff", $"{request.Type}/{request.Id}", notKnown, ct);
            return FhirAnswer.Of(notKnown);
        }

        if (request.Parameter("_record") is not (null or "false")) return await OfRecord(request, engine, ct);
        var (before, first) = await Version(request, "_from", filter, ct);
        if (first is not null) return FhirAnswer.Of(first);
        var (after, second) = await Version(request, "_to", filter, ct);
        if (second is not null) return FhirAnswer.Of(second);
        await request.RecordRead("diff", $"{request.Type}/{request.Id}", (after ?? before)?.ResidentId, ct, request.Query);
        if (before is { Json: null } || after is { Json: null }) return FhirAnswer.Of(Refusal.Gone($"{request.Type}/{request.Id} was erased: its key was destroyed."));
        return ParametersAnswer.Of(json => Change(json, before, after));
    }

    private static async ValueTask<(StoredRecord?, Refusal?)> Version(FhirRequest request, string side, AccessFilter filter, CancellationToken ct)
    {
        var records = request.Services.Records;
        if (request.Parameter(side + "Version") is { } text)
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version < 1) return (null, Refusal.Invalid($"{side}Version is a version number, not '{text}'.", side + "Version"));
            return await records.FindVersion(request.Type!, request.Id!, version, filter, ct) is { } found ? (found, null) : (null, Refusal.NotFound($"{request.Type}/{request.Id} has no version {version}."));
        }

        if (request.Parameter(side) is not { } moment)
            return side == "_to" ? (await records.Find(request.Type!, request.Id!, filter, ct), null) : (null, Refusal.Invalid("Say from when: _from (a sequence or an instant) or _fromVersion.", "_from"));
        return Read.AsOf(moment, request.Services.Zone) is { } asOf
            ? (await records.FindAsOf(request.Type!, request.Id!, asOf, filter, ct), null)
            : (null, Refusal.Invalid($"{side} is a sequence of the log (a whole number) or an instant such as 2026-01-01T08:00:00+08:00.", side));
    }

    private static void Change(Utf8JsonWriter json, StoredRecord? before, StoredRecord? after)
    {
        var (was, isThere) = (before is { Deleted: false }, after is { Deleted: false });
        ParametersAnswer.Value(json, "change", "valueCode", (was, isThere) switch { (false, true) => "created", (true, false) => "deleted", _ => before?.Version == after?.Version ? "none" : "updated" });
        if (was && isThere)
        {
            using var earlier = JsonDocument.Parse(before!.Json!.Value);
            using var later = JsonDocument.Parse(after!.Json!.Value);
            ResourceDiff.Write(json, after.ResourceType, earlier.RootElement, later.RootElement);
        }
        else if (isThere)
        {
            json.WriteStartObject();
            json.WriteString("name", "resource");
            json.WritePropertyName("resource");
            json.WriteRawValue(after!.Json!.Value.Span, skipInputValidation: true);
            json.WriteEndObject();
        }
    }

    private static async ValueTask<FhirAnswer> OfRecord(FhirRequest request, RecordOfResident engine, CancellationToken ct)
    {
        if (request.Type != "Patient") return FhirAnswer.Of(Refusal.NotSupported("_record is for a Patient.", "_record"));
        if (request.Parameter("_from") is not { } from) return FhirAnswer.Of(Refusal.Invalid("Say from when: _from, a sequence or an instant.", "_from"));
        var filter = await SearchScope.FilterOf(request, FhirDefinitions.R4.ResourceTypes, ct);
        var resident = await request.Services.Residents.ResidentOf(request.Id!, ct);
        // Both sides are looked at as of a fixed sequence, so that a write meanwhile is in neither or in both.
        var to = request.Parameter("_to") ?? (await request.Services.Horizon.Current(ct)).ToString(CultureInfo.InvariantCulture);
        var (before, first) = await At(engine, request.Id!, resident, from, filter, ct);
        if (first is not null) return FhirAnswer.Of(first);
        var (after, second) = await At(engine, request.Id!, resident, to, filter, ct);
        if (second is not null) return FhirAnswer.Of(second);

        List<(string Name, long? Before, long? After)> changed = [];
        foreach (var name in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
        {
            long? was = before.TryGetValue(name, out var earlier) ? earlier : null, now = after.TryGetValue(name, out var later) ? later : null;
            if (was != now) changed.Add((name, was, now));
        }

        var sequences = changed.SelectMany(change => new[] { change.Before, change.After }).OfType<long>().ToList();
        var bodies = (await request.Services.Records.BySequences(sequences, filter, ct)).ToDictionary(record => record.Sequence);
        await request.RecordRead("diff", $"Patient/{request.Id}", resident, ct, request.Query, "E");
        return ParametersAnswer.Of(json =>
        {
            foreach (var (name, was, now) in changed)
            {
                var (earlier, later) = (was is { } w ? bodies.GetValueOrDefault(w) : null, now is { } n ? bodies.GetValueOrDefault(n) : null);
                if (earlier is { Json: null } || later is { Json: null }) continue;
                ParametersAnswer.Part(json, "entry", () =>
                {
                    ParametersAnswer.Value(json, "reference", "valueUri", name);
                    Change(json, earlier, later);
                });
            }
        });
    }

    /// <summary>Sequence of the version of each resource of the record at a moment.</summary>
    private static async ValueTask<(Dictionary<string, long>, Refusal?)> At(RecordOfResident engine, string patient, string? resident, string moment, AccessFilter filter, CancellationToken ct)
    {
        Dictionary<string, long> found = [];
        PageState? at = null;
        do
        {
            var (page, refusal) = await engine.Page(patient, resident, new RecordOfResident.Wanted([], null, Limits.MaxCount, moment), at, filter, ct);
            if (refusal is not null) return (found, refusal.Expression is null ? refusal : refusal with { Expression = "_from" });
            foreach (var hit in page.Matches) found[$"{hit.Type}/{hit.Id}"] = hit.Sequence;
            if (found.Count > MostResources) return (found, Refusal.TooCostly($"The record holds more than {MostResources} resources: ask for the difference of one resource."));
            at = page.Next;
        }
        while (at is not null);
        return (found, null);
    }
}
