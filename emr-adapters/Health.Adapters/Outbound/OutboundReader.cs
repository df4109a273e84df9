using System.Text.Json;
using Health.Adapters.Mapping.Outbound;
using Health.Contracts;

namespace Health.Adapters.Outbound;

/// <summary>
/// Reads what a changed resource is told with: whom it is about, the visit, the results, the numbers the receiver has for the person.
/// </summary>
internal sealed class OutboundReader(IRecordStore records, IResidentIndex residents)
{
    /// <summary>Parts of one message; what is more stays with the record.</summary>
    private const int MostResults = 500, MostDiagnoses = 50, MostSpecimens = 20, MostPatients = 50;

    /// <summary>Null when the resource is about no Patient that is stored here.</summary>
    public async Task<OutboundSubject?> Read(
        string type, string id, JsonElement resource, string? residentId, string institution, CancellationToken ct)
    {
        if (type == "Patient")
        {
            var survivor = OutboundTriggers.ReplacedBy(resource) is { } other ? await Find("Patient", other, ct) : null;
            return new OutboundSubject(type, id, resource, resource) { Survivor = survivor, OwnNumbers = await OwnNumbers(residentId, institution, ct) };
        }

        if (resource.At("subject") is not [var about, ..] || about.IdOf("Patient") is not { } patientId || await Find("Patient", patientId, ct) is not { } patient)
            return null;
        var subject = new OutboundSubject(type, id, resource, patient) { OwnNumbers = await OwnNumbers(residentId, institution, ct) };
        if (type == "Encounter") return subject with { Encounter = resource, Diagnoses = await Diagnoses(resource, patientId, ct) };
        subject = subject with { Encounter = await First(resource, type == "DocumentReference" ? "context.encounter" : "encounter", "Encounter", patientId, ct) };
        return type switch
        {
            "DiagnosticReport" => subject with
            {
                Results = await All(resource, "result", "Observation", patientId, MostResults, ct),
                Specimens = await All(resource, "specimen", "Specimen", patientId, MostSpecimens, ct),
            },
            "Observation" => subject with { Results = [resource], Specimens = await All(resource, "specimen", "Specimen", patientId, MostSpecimens, ct) },
            "DocumentReference" => subject with { Parent = await Parent(resource, patientId, ct) },
            _ => subject,
        };
    }

    public async Task<JsonElement?> Find(string type, string id, CancellationToken ct) =>
        await records.Read(type, id, ct) is { } json ? JsonDocument.Parse(json).RootElement : null;

    /// <summary>The numbers this institution has given the person, wherever the change came from.</summary>
    private async Task<IReadOnlyList<PersonIdentifier>> OwnNumbers(string? residentId, string institution, CancellationToken ct)
    {
        if (residentId is null) return [];
        var system = IdentifierSystems.LocalPatient(institution);
        List<PersonIdentifier> numbers = [];
        foreach (var id in (await residents.PatientsOf(residentId, ct)).Take(MostPatients))
        {
            if (await Find("Patient", id, ct) is not { } patient || patient.Text("active") == "false") continue;
            foreach (var identifier in patient.At("identifier"))
                if (identifier.Text("system") == system && identifier.Text("value") is { } value) numbers.Add(new PersonIdentifier(system, value));
        }

        return numbers;
    }

    private async Task<IReadOnlyList<(JsonElement, string?)>> Diagnoses(JsonElement encounter, string patientId, CancellationToken ct)
    {
        List<(JsonElement, string?)> found = [];
        foreach (var diagnosis in encounter.At("diagnosis").Take(MostDiagnoses))
        {
            if (await First(diagnosis, "condition", "Condition", patientId, ct) is not { } condition) continue;
            found.Add((condition, diagnosis.Text("use.coding.code") switch { "A" or "AD" => "A", "F" or "DD" => "F", "W" => "W", _ => null }));
        }

        return found;
    }

    private async Task<JsonElement?> Parent(JsonElement document, string patientId, CancellationToken ct)
    {
        foreach (var relation in document.At("relatesTo"))
            if (relation.Text("code") is "replaces" or "appends") return await First(relation, "target", "DocumentReference", patientId, ct);
        return null;
    }

    private async Task<JsonElement?> First(JsonElement holder, string path, string type, string patientId, CancellationToken ct) =>
        await All(holder, path, type, patientId, 1, ct) is [var first] ? first : null;

    /// <summary>What is referred to and about the same Patient: a reference to somebody else's record tells nothing of it.</summary>
    private async Task<IReadOnlyList<JsonElement>> All(JsonElement holder, string path, string type, string patientId, int most, CancellationToken ct)
    {
        List<JsonElement> found = [];
        foreach (var reference in holder.At(path).Take(most))
            if (reference.IdOf(type) is { } id && await Find(type, id, ct) is { } resource && resource.At("subject") is [var about, ..] && about.IdOf("Patient") == patientId)
                found.Add(resource);
        return found;
    }
}
