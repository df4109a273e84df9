using System.Text.Json;
using Health.Adapters.Mapping;
using Health.Fhir.Records;
using Health.Hl7v2;
using Health.UnitTests.Hl7v2;

namespace Health.UnitTests.Mapping;

/// <summary>Messages and the resources that the CDC expects of them (CC0), beside the project. The table of docs/hl7v2.md comes from here.</summary>
public sealed class The_pairs_of_the_CDC(ITestOutputHelper output)
{
    private static readonly string[] Types = ["Patient", "Observation", "DiagnosticReport", "ServiceRequest", "Specimen", "Encounter", "Immunization", "AllergyIntolerance", "Condition", "Coverage", "Procedure", "DocumentReference"];

    /// <summary>Elements in which the pairs and the mapping differ on purpose, and why. The first word says whose standard element it is not: "theirs" is not counted.</summary>
    private static readonly (string Element, string Reason)[] Known =
    [
        ("Encounter.identifier", "theirs: the system, type and validity of CX are copied; here one number of the institution finds the visit again, whoever sends it"),
        ("Encounter.hospitalization.preAdmissionIdentifier.system", "theirs: the assigning authority; here the institution's own system"),
        ("Encounter.text", "theirs: PV2-12 as narrative; clients get no narrative made of free text"),
        ("Encounter.length.system", "theirs: UCUM's URI with a slash too many"),
        ("Encounter.status", "theirs: read from PV1-2 and 45; here only a trigger sets the status of a visit"),
        ("Encounter.location", "kept: a place without point of care, room, bed and building has no number and comes as a name only"),
        ("Patient.identifier.system", "theirs: a name where FHIR asks for a URI"),
        ("Patient.identifier.period", "kept: validity of a patient number is not taken"),
        ("Patient.link", "theirs: a link to a copy of the patient; here links come from merges alone"),
        ("Patient.contact.telecom", "kept: the same numbers in another order, NK1-40 after NK1-6"),
        ("Patient.contact.name", "kept: one name of a contact, as R4 has it; theirs takes parts of a second one"),
        ("Patient.contact.relationship.coding.system", "theirs: a page of the terminology site for local codes"),
        ("Patient.contact.period", "kept: NK1-8 and 9 to the day and zone as sent"),
        ("Patient.contact.gender", "kept: 'O' is other, and 'U' unknown, as table 0001 maps"),
        ("Patient.telecom.use", "kept: a use code R4 has no word for stays out"),
        ("Patient.name.use", "kept: a name type R4 has no word for stays out"),
        ("Patient.address.period", "kept: the range of XAD-12, withdrawn since 2.7, is not read"),
        ("Patient.maritalStatus.coding.version", "theirs: the version of HL7 in place of CWE-7"),
        ("Patient.communication.language.coding.version", "theirs: the version of HL7 in place of CWE-7"),
        ("ServiceRequest.identifier", "theirs: ORC-4 a second time as FGN, and the specimen's number"),
        ("DiagnosticReport.identifier", "theirs: ORC-4 a second time as FGN"),
        ("DiagnosticReport.issued", "theirs: an instant of a year alone, which R4 refuses"),
        ("ServiceRequest.status", "theirs: unknown although ORC-1 and 5 tell"),
        ("ServiceRequest.occurrenceDateTime", "kept: OBR-6, withdrawn since 2.5, is not read"),
        ("ServiceRequest.note", "kept: the lines of one NTE are one note"),
        ("Observation.valueTime", "theirs: no time of R4"),
        ("Observation.identifier.type", "theirs: every OBX-21 as filler number"),
        ("Observation.valueQuantity", "theirs: a unit system that is no URI, and its code"),
        ("Observation.valueRatio", "theirs: a unit system that is no URI, and its code"),
        ("Observation.valueRange", "theirs: a unit system that is no URI, and its code"),
        ("Observation.valueString", "theirs: the separators of SN doubled"),
        ("Observation.method", "kept: the name of a method without code stands in its text"),
        ("Observation.code.coding.system", "theirs: a page of the terminology site for local codes"),
        ("Observation.valueCodeableConcept.coding", "theirs: a page of the terminology site for local codes"),
    ];

    [Fact]
    public void agree_in_19_of_20_standard_elements()
    {
        var folder = Sample.SharedFolder() is { } shared ? Path.Combine(shared, "data", "hl7v2", "corpus", "cdc-reportstream") : null;
        Assert.SkipWhen(folder is null || !Directory.Exists(folder), "The pairs are not beside the project.");
        var all = Directory.EnumerateFiles(folder!, "*.hl7", SearchOption.AllDirectories).Where(file => File.Exists(Path.ChangeExtension(file, ".fhir"))).SelectMany(Compare).ToList();
        var different = all.Where(one => !one.IsEqual).GroupBy(one => one.Element).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).ToList();
        foreach (var group in different) output.WriteLine($"| {group.Count()} | {group.Key} | {Reason(group.Key)} |");
        var standard = all.Where(one => one.IsEqual || !(Reason(one.Element)?.StartsWith("theirs", StringComparison.Ordinal) ?? false)).ToList();
        output.WriteLine($"{all.Count(one => one.IsEqual)} of {all.Count} elements are equal; {standard.Count(one => one.IsEqual)} of {standard.Count} without those that are the CDC's own");
        Assert.True(all.Count > 1000, $"{all.Count} elements are too few to judge by");
        Assert.Empty(different.Where(group => Reason(group.Key) is null).Select(group => group.Key));
        Assert.True(standard.Count(one => one.IsEqual) >= 0.95 * standard.Count, $"{standard.Count(one => one.IsEqual)} of {standard.Count}");
    }

    private static string? Reason(string element) => Known.FirstOrDefault(known => element.StartsWith(known.Element, StringComparison.Ordinal)).Reason;

    private static IEnumerable<ElementComparison> Compare(string file)
    {
        var read = Hl7Message.Read(File.ReadAllBytes(file));
        if (read.Message is not { } message || MessageMapper.Map(message, Mapped.Context(Mapped.AnySender with { DefaultZone = "+00:00" })) is not MappingResult.Mapped mapped) yield break;
        using var bundle = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(file, ".fhir")));
        foreach (var type in Types)
        {
            var theirs = bundle.RootElement.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource")).Where(one => one.GetProperty("resourceType").GetString() == type).ToList();
            var ours = mapped.Writes.Where(write => write.ResourceType == type).ToList();
            if (theirs.Count != ours.Count) continue;
            for (var i = 0; i < theirs.Count; i++)
            {
                var stored = MergePatch.Apply(default, ours[i].Json.Span, ours[i].UnionArrays);
                if (!ours[i].Defaults.IsEmpty) stored = MergePatch.AddDefaults(stored, ours[i].Defaults.Span);
                foreach (var element in ResourceComparer.Compare(theirs[i], JsonDocument.Parse(stored).RootElement)) yield return element;
            }
        }
    }
}
