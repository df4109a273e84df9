using System.Text.Encodings.Web;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Fhir.Operations;

/// <summary>
/// <c>Patient/ID/$summary</c>: a document in the form of the International Patient Summary over what all institutions wrote of the resident,
/// as far as the caller may see it. http://hl7.org/fhir/uv/ips/OperationDefinition-summary.html
/// </summary>
public static class Summary
{
    private const int MostResources = 5000;
    private const string Profile = "http://hl7.org/fhir/uv/ips/StructureDefinition/";

    public static void Map(IEndpointRouteBuilder fhir)
    {
        var engine = fhir.ServiceProvider.GetRequiredService<RecordOfResident>();
        FhirDoor.Map(fhir, "/Patient/{id}/$summary", ["GET", "POST"], "$summary", (request, ct) => Handle(request, engine, ct));
    }

    private sealed record Part(SummarySection Section, List<(StoredRecord Record, JsonElement Json)> Found);

    private static async ValueTask<FhirAnswer> Handle(FhirRequest request, RecordOfResident engine, CancellationToken ct)
    {
        if (OperationRequest.Unknown(request, "$summary") is { } unknown) return FhirAnswer.Of(unknown);
        var (patient, _, refused) = await OperationRequest.Find(request, AccessKind.Read, "Patient", "summary", ct);
        if (refused is not null) return refused;
        var types = SummarySection.All.SelectMany(section => section.Types).ToList();
        var filter = await SearchScope.FilterOf(request, types, ct);
        var (records, failed) = await Collect(request, engine, types, filter, ct);
        if (failed is not null) return FhirAnswer.Of(failed);
        await request.RecordRead("summary", $"Patient/{request.Id}", patient!.ResidentId, ct, action: "E");

        List<Part> parts = [];
        foreach (var section in SummarySection.All)
        {
            var found = records.Where(record => section.Types.Contains(record.ResourceType)).Select(record => (record, Json: JsonDocument.Parse(record.Json!.Value).RootElement));
            parts.Add(new Part(section, [.. found.Where(each => SummarySection.IsMeant(each.Json)).OrderByDescending(each => section.When(each.Json))]));
        }

        var now = request.Services.Time.GetUtcNow();
        var composition = Composition(request, parts, now);
        List<(string, ReadOnlyMemory<byte>)> entries = [($"urn:uuid:{Guid.CreateVersion7(now)}", composition), ($"{request.BaseUrl}/Patient/{request.Id}", patient.Json!.Value)];
        entries.AddRange(parts.SelectMany(part => part.Found).Select(each => ($"{request.BaseUrl}/{each.Record.ResourceType}/{each.Record.Id}", each.Record.Json!.Value)));
        return new FhirAnswer(200) { Body = Document.Write(request, Guid.CreateVersion7(now).ToString(), now, entries) };
    }

    private static async ValueTask<(List<StoredRecord>, Refusal?)> Collect(FhirRequest request, RecordOfResident engine, IReadOnlyList<string> types, AccessFilter filter, CancellationToken ct)
    {
        List<StoredRecord> records = [];
        var resident = await request.Services.Residents.ResidentOf(request.Id!, ct);
        PageState? at = null;
        do
        {
            var (page, refusal) = await engine.Page(request.Id!, resident, new RecordOfResident.Wanted(types, null, Limits.MaxCount, null), at, filter, ct);
            if (refusal is not null) return ([], refusal);
            var found = await request.Services.Records.BySequences([.. page.Matches.Select(hit => hit.Sequence)], filter, ct);
            records.AddRange(found.Where(record => record.Json is { IsEmpty: false }));
            if (records.Count > MostResources) return ([], Refusal.TooCostly($"The record holds more than {MostResources} resources of a summary's kinds: use $everything, which has pages."));
            at = page.Next;
        }
        while (at is not null);
        return (records, null);
    }

    private static byte[] Composition(FhirRequest request, List<Part> parts, DateTimeOffset now)
    {
        var sections = parts.Select(part => new Dictionary<string, object?>
        {
            ["title"] = $"{part.Section.Chinese} {part.Section.English}",
            ["code"] = Loinc(part.Section.Loinc, part.Section.English),
            ["text"] = new { status = "generated", div = part.Section.Narrative([.. part.Found.Select(each => each.Json)]) },
            // Nothing recorded here is not the same as nothing known.
            [part.Found.Count > 0 ? "entry" : "emptyReason"] = part.Found.Count > 0
                ? part.Found.Select(each => new { reference = $"{each.Record.ResourceType}/{each.Record.Id}" }).ToArray()
                : new { coding = new[] { new { system = "http://terminology.hl7.org/CodeSystem/list-empty-reason", code = "unavailable", display = "Unavailable" } } },
        }).ToArray();
        return JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?>
        {
            ["resourceType"] = "Composition",
            ["meta"] = new { profile = new[] { Profile + "Composition-uv-ips" } },
            ["status"] = "final",
            ["type"] = Loinc("60591-5", "Patient summary Document"),
            ["subject"] = new { reference = $"Patient/{request.Id}" },
            ["date"] = ResourceBytes.Instant(now),
            ["author"] = new[] { new { display = $"区域卫生信息平台 Regional health information platform {request.Services.Node.NodeId}" } },
            ["title"] = "患者摘要 Patient summary",
            ["section"] = sections,
        }, Readable);
    }

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static object Loinc(string code, string display) => new { coding = new[] { new { system = "http://loinc.org", code, display } } };
}
