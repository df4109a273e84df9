using System.Text.Json;
using Health.Contracts;

namespace Health.Adapters.Mapping.Outbound;

/// <summary>A changed resource and what is read with it, as current as the moment of writing.</summary>
/// <param name="Type">Patient, Encounter, DiagnosticReport, Observation or DocumentReference.</param>
/// <param name="Resource">The version that changed.</param>
/// <param name="Patient">Whom it is about; the resource itself when it is a Patient.</param>
internal sealed record OutboundSubject(string Type, string Id, JsonElement Resource, JsonElement Patient)
{
    /// <summary>For a Patient that was merged away: who stands for it now.</summary>
    public JsonElement? Survivor { get; init; }
    public JsonElement? Encounter { get; init; }

    /// <summary>Diagnoses of the visit, each with its use as DG1-6 says it.</summary>
    public IReadOnlyList<(JsonElement Condition, string? Use)> Diagnoses { get; init; } = [];
    public IReadOnlyList<JsonElement> Results { get; init; } = [];
    public IReadOnlyList<JsonElement> Specimens { get; init; } = [];

    /// <summary>The document that a document replaces or adds to, where it is stored here.</summary>
    public JsonElement? Parent { get; init; }

    /// <summary>Numbers the receiver itself has given this person.</summary>
    public IReadOnlyList<PersonIdentifier> OwnNumbers { get; init; } = [];

    /// <summary>The numbers to tell in place of those of the Patient; null: all of those.</summary>
    public IReadOnlyList<PersonIdentifier>? Numbers { get; init; }
}

/// <summary>What is told, and as which event.</summary>
/// <param name="Structure">MSH-9.3.</param>
/// <param name="Told">What the receiver knows afterwards about the resource; the next change is judged by it.</param>
internal sealed record OutboundEvent(string Code, string Trigger, string Structure, string Told);

/// <summary>One message on its way to a receiver.</summary>
internal sealed record OutboundMessage(OutboundSubject Subject, OutboundEvent Event, OutboundNames Names);
