using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Search;
using Health.Fhir.Wire;

namespace Health.Fhir.Interactions;

/// <summary>
/// Which resident a resource written over REST concerns: a Patient through the index of persons, another by the Patient it refers to
/// (the patient compartment, http://hl7.org/fhir/R4/compartmentdefinition-patient.html). Done before the commit; the key is durable then.
/// </summary>
internal static class ResidentResolution
{
    /// <summary>Elements that name the person a resource is about, in order of preference.</summary>
    internal static readonly string[] Subjects = ["patient", "subject", "beneficiary", "for", "individual", "candidate", "recipient"];

    /// <param name="inBundle">Residents by fullUrl of the Patients of the same transaction, and by the references that were looked up for it.</param>
    public static async ValueTask<string?> Of(FhirRequest request, string type, string id, ReadOnlyMemory<byte> json, Dictionary<string, string>? inBundle, CancellationToken ct)
    {
        if (!AccessFilterSql.IsPersonal(type) || json.IsEmpty) return null;
        using var document = JsonDocument.Parse(json);
        var resident = type == "Patient" ? await Identify(request, id, document.RootElement, ct) : await Referred(request, document.RootElement, inBundle, ct);
        if (resident is not null) await request.Services.Keyring.ForResident(resident, ct);
        return resident;
    }

    private static async ValueTask<string> Identify(FhirRequest request, string id, JsonElement patient, CancellationToken ct)
    {
        var institution = request.Institution;
        var identifiers = Identifiers(patient);
        var local = IdentifierSystems.LocalPatient(institution);
        if (!identifiers.Exists(identifier => identifier.System == local)) identifiers.Add(new PersonIdentifier(local, id));
        var identity = new PatientIdentity(id, institution, identifiers, Name(patient), Text(patient, "gender"), Birth(patient)) { Phone = Phone(patient) };
        return (await request.Services.Residents.Identify(identity, request.EventHeader, ct)).ResidentId;
    }

    private static async ValueTask<string?> Referred(FhirRequest request, JsonElement resource, Dictionary<string, string>? inBundle, CancellationToken ct)
    {
        foreach (var name in Subjects)
            if (resource.TryGetProperty(name, out var subject) && subject.ValueKind == JsonValueKind.Object && Text(subject, "reference") is { } reference
                && await Resident(request, reference, inBundle, ct) is { } resident) return resident;
        // No element of that name (Appointment, Provenance): the one Patient it speaks of, if it is one.
        var references = new HashSet<string>();
        Collect(resource, references);
        var residents = new HashSet<string>();
        foreach (var reference in references.Take(16))
            if (await Resident(request, reference, inBundle, ct) is { } resident) residents.Add(resident);
        return residents.Count == 1 ? residents.First() : null;
    }

    private static async ValueTask<string?> Resident(FhirRequest request, string reference, Dictionary<string, string>? inBundle, CancellationToken ct)
    {
        if (inBundle is not null && inBundle.TryGetValue(reference, out var resident)) return resident;
        if (reference.StartsWith("Patient?", StringComparison.Ordinal))
        {
            var query = reference["Patient?".Length..];
            if (request.Services.Search.Check("Patient", query) is not null) return null;
            await using var connection = await request.Services.Database.OpenConnectionAsync(ct);
            var ids = await request.Services.Search.FindIds(connection, null, "Patient", query, await request.VisibleToCaller("Patient", ct), 2, ct);
            return ids.Count == 1 ? await request.Services.Residents.ResidentOf(ids[0], ct) : null;
        }

        // A Patient the caller cannot see is as good as none: a reference must not make the caller one of those who treat the person.
        if (PatientId(request, reference) is not { } id) return null;
        var visible = request.Services.Records.IsVisible("Patient", id, await request.VisibleToCaller("Patient", ct), ct).AsTask();
        var known = request.Services.Residents.ResidentOf(id, ct).AsTask();
        await Task.WhenAll(visible, known);
        if (!await visible || await known is not { } found) return null;
        // The other entries of the bundle that speak of the person need not ask again.
        if (inBundle is not null) inBundle[reference] = found;
        return found;
    }

    private static string? PatientId(FhirRequest request, string reference)
    {
        var text = reference.StartsWith(request.BaseUrl + "/", StringComparison.Ordinal) ? reference[(request.BaseUrl.Length + 1)..] : reference;
        return text.StartsWith("Patient/", StringComparison.Ordinal) ? text.Split('/')[1] : null;
    }

    private static void Collect(JsonElement element, HashSet<string> references)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray()) Collect(item, references);
            return;
        }

        if (element.ValueKind != JsonValueKind.Object) return;
        foreach (var member in element.EnumerateObject())
        {
            if (member.NameEquals("reference") && member.Value.ValueKind == JsonValueKind.String)
            {
                var text = member.Value.GetString()!;
                if (text.Contains("Patient", StringComparison.Ordinal) || text.StartsWith("urn:", StringComparison.Ordinal)) references.Add(text);
            }
            else
            {
                Collect(member.Value, references);
            }
        }
    }

    private static List<PersonIdentifier> Identifiers(JsonElement patient)
    {
        var identifiers = new List<PersonIdentifier>();
        if (patient.TryGetProperty("identifier", out var list) && list.ValueKind == JsonValueKind.Array)
            foreach (var item in list.EnumerateArray())
                if (Text(item, "system") is { } system && Text(item, "value") is { } value) identifiers.Add(new PersonIdentifier(system, value));
        return identifiers;
    }

    private static string? Name(JsonElement patient)
    {
        if (!patient.TryGetProperty("name", out var names) || names.ValueKind != JsonValueKind.Array || names.GetArrayLength() == 0) return null;
        var name = names[0];
        if (Text(name, "text") is { } text) return text;
        var given = name.TryGetProperty("given", out var parts) && parts.ValueKind == JsonValueKind.Array
            ? string.Join(' ', parts.EnumerateArray().Where(part => part.ValueKind == JsonValueKind.String).Select(part => part.GetString()))
            : "";
        var family = Text(name, "family") ?? "";
        // 王小明 is written without a space, John Smith with one.
        var joined = family.Length > 0 && family[0] > 0x2E80 ? family + given : $"{given} {family}";
        return joined.Trim() is { Length: > 0 } whole ? whole : null;
    }

    private static DateOnly? Birth(JsonElement patient) => DateOnly.TryParseExact(Text(patient, "birthDate"), "yyyy-MM-dd", out var date) ? date : null;

    private static string? Phone(JsonElement patient)
    {
        if (!patient.TryGetProperty("telecom", out var list) || list.ValueKind != JsonValueKind.Array) return null;
        foreach (var item in list.EnumerateArray())
            if (Text(item, "system") is "phone" or "sms" && Text(item, "value") is { } value) return value;
        return null;
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
