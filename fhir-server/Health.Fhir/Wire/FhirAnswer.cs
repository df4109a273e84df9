using Health.Contracts;
using Health.Fhir.Records;

namespace Health.Fhir.Wire;

/// <summary>What an interaction answers; the door, or a batch, puts it on the wire.</summary>
public sealed record FhirAnswer(int Status)
{
    /// <summary>UTF-8 FHIR JSON; empty for none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    public string ContentType { get; init; } = FhirMedia.Json;
    public long? Version { get; init; }
    public DateTimeOffset? LastUpdated { get; init; }

    /// <summary>Relative to the base, e.g. <c>Patient/1/_history/2</c>.</summary>
    public string? Location { get; init; }

    /// <summary>Further headers of HTTP.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Why not; the body is then an OperationOutcome of them.</summary>
    public IReadOnlyList<Refusal> Issues { get; init; } = [];

    public static FhirAnswer Of(Refusal refusal) => new(refusal.Status) { Issues = [refusal] };

    public static FhirAnswer Of(IReadOnlyList<Refusal> refusals) => new(refusals[0].Status) { Issues = refusals };

    public static FhirAnswer Of(StoredRecord record) => new(200) { Body = record.Json ?? default, Version = record.Version, LastUpdated = record.LastUpdated };

    public bool IsRefused => Issues.Count > 0;
}

public static class FhirMedia
{
    public const string Json = "application/fhir+json; charset=utf-8", Xml = "application/fhir+xml; charset=utf-8";

    public static readonly string[] JsonNames = ["application/fhir+json", "application/json", "application/json+fhir", "text/json"];
    public static readonly string[] XmlNames = ["application/fhir+xml", "application/xml", "application/xml+fhir", "text/xml"];
}
