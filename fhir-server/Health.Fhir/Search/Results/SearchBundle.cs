using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;

namespace Health.Fhir.Search;

/// <summary>Writes a page as a Bundle of type searchset (http://hl7.org/fhir/R4/bundle.html#searchset), bodies read in portions.</summary>
public sealed class SearchBundle(RecordReader records, PatientLinks links, string baseUrl)
{
    /// <summary>Bodies in memory at a time; a page of more is sent while it is read.</summary>
    private const int BodiesAtOnce = 100, BufferedBytes = 64 * 1024;

    /// <summary>Top-level elements to keep; empty for all.</summary>
    public IReadOnlyList<string> Elements { get; init; } = [];

    public SummaryMode Summary { get; init; } = SummaryMode.None;

    /// <summary>What of the query was passed over: an OperationOutcome at the end says so.</summary>
    public IReadOnlyList<Refusal> Ignored { get; init; } = [];

    /// <summary>The answer that holds the page; facts of the access must be written before it is sent.</summary>
    /// <param name="self">The query as it was understood.</param>
    /// <param name="next">URL of the next page; null on the last.</param>
    public async Task<FhirAnswer> Answer(FhirRequest request, SearchPage page, AccessFilter filter, string self, string? next, CancellationToken ct)
    {
        if (request.Http is not null && page.Matches.Count + page.Included.Count > BodiesAtOnce)
            return new FhirAnswer(200) { Pieces = (stream, ct) => Write(stream, page, filter, self, next, ct) };
        using var buffer = new MemoryStream();
        await Write(buffer, page, filter, self, next, ct);
        return new FhirAnswer(200) { Body = buffer.GetBuffer().AsMemory(0, (int)buffer.Length) };
    }

    private async Task Write(Stream stream, SearchPage page, AccessFilter filter, string self, string? next, CancellationToken ct)
    {
        await using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("resourceType", "Bundle");
        json.WriteString("type", "searchset");
        if (page.Total is { } total) json.WriteNumber("total", total);
        json.WriteStartArray("link");
        Link(json, "self", self);
        if (next is not null) Link(json, "next", next);
        json.WriteEndArray();
        if (page.Matches.Count > 0 || Ignored.Count > 0)
        {
            json.WriteStartArray("entry");
            await Entries(json, page.Matches, filter, ct);
            await Entries(json, page.Included, filter, ct);
            if (Ignored.Count > 0) Outcome(json);
            json.WriteEndArray();
        }
        json.WriteEndObject();
        await json.FlushAsync(ct);
    }

    private async Task Entries(Utf8JsonWriter json, IReadOnlyList<SearchHit> hits, AccessFilter filter, CancellationToken ct)
    {
        foreach (var portion in hits.Chunk(BodiesAtOnce))
        {
            var missing = portion.Where(hit => hit.Stored is null).Select(hit => hit.Sequence).ToList();
            var bodies = missing.Count == 0 ? [] : (await records.BySequences(missing, filter, ct)).ToDictionary(record => record.Sequence);
            foreach (var hit in portion)
            {
                var record = hit.Stored is null ? bodies.GetValueOrDefault(hit.Sequence) : await records.Open(hit.Stored, ct);
                // A body whose key was destroyed between search and read is gone.
                if (record?.Json is not { IsEmpty: false } body) continue;
                if (hit.Type == "Patient") body = await links.Render(hit.Id, record.ResidentId, body, ct);
                Entry(json, hit, ElementSelection.Apply(body, hit.Type, Elements, Summary));
                if (json.BytesPending > BufferedBytes) await json.FlushAsync(ct);
            }
        }
    }

    private void Entry(Utf8JsonWriter json, SearchHit hit, ReadOnlyMemory<byte> body)
    {
        json.WriteStartObject();
        json.WriteString("fullUrl", $"{baseUrl}/{hit.Type}/{hit.Id}");
        json.WritePropertyName("resource");
        json.WriteRawValue(body.Span, skipInputValidation: true);
        json.WriteStartObject("search");
        json.WriteString("mode", hit.IsInclude ? "include" : "match");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Outcome(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WritePropertyName("resource");
        Wire.OutcomeWriter.WriteTo(json, [.. Ignored.Select(refusal => refusal with { Status = 200, Diagnostics = $"Passed over: {refusal.Diagnostics}" })]);
        json.WriteStartObject("search");
        json.WriteString("mode", "outcome");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Link(Utf8JsonWriter json, string relation, string url)
    {
        json.WriteStartObject();
        json.WriteString("relation", relation);
        json.WriteString("url", url);
        json.WriteEndObject();
    }
}
