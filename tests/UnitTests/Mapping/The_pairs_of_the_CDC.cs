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

    /// <summary>
    /// Elements in which the pairs and the mapping differ, and why. Only those that begin with "R4" are left out of the second figure: what is
    /// expected there is no valid R4, so nobody may write it.
    /// </summary>
    private static readonly (string Element, string Reason)[] Known =
    [
        ("DiagnosticReport.issued", "R4: an instant of a year alone"),
        ("Observation.valueTime", "R4: no time (223100.0000)"),
        ("Patient.contact.period", "R4: a contact with nothing but a period (pat-1)"),
        ("Encounter.length.system", "the URI of UCUM has no slash at its end; with one it is another system"),
        ("Patient.identifier.system", "a name of the sender's own where an absolute URI belongs; here the institution's system, by which the patient is found again"),
        ("ServiceRequest.identifier.system", "a name of the sender's own where an absolute URI belongs; here the institution's system"),
        ("Observation.valueQuantity.value", "1 of 1.3: what follows the point is left out there"),
        ("Observation.valueQuantity", "a unit system that is no URI; here the institution's"),
        ("Observation.valueRatio", "a unit system that is no URI; here the institution's"),
        ("Observation.valueRange", "a unit system that is no URI; here the institution's"),
        ("Observation.valueString", "the separators of SN doubled"),
        ("Observation.code.coding.system", "a page of the terminology site for local codes; here the institution's system"),
        ("Observation.valueCodeableConcept.coding", "a page of the terminology site for local codes; here the institution's system"),
        ("Patient.contact.relationship.coding.system", "a page of the terminology site for local codes; here the institution's system"),
        ("Patient.contact.telecom", "the numbers of two relatives in one contact; here each has a contact"),
        ("Patient.contact.name", "parts of a second name; a contact has one"),
        ("Patient.contact.gender", "N (not applicable) is other, as HL7's own table maps"),
        ("Patient.telecom", "a mobile telephone (CP) in the field of the home numbers is mobile here"),
        ("Patient.name.use", "a name type (birth name) HL7's own table does not map"),
        ("Patient.link", "a link to a copy of the patient; here links come from merges alone"),
        ("Patient.maritalStatus.coding.version", "CWE-8 and CWE-13 the wrong way round"),
        ("Patient.communication.language.coding.version", "CWE-8 and CWE-13 the wrong way round"),
        ("Encounter.identifier.type", "the system of a type without a type"),
        ("Encounter.text", "PV2-12 as narrative; clients get no narrative made of free text"),
        ("Encounter.status", "in progress because PV1-2 is filled; here a trigger sets the status of a visit, and a result does not tell who is still there"),
        ("ServiceRequest.status", "unknown, although ORC-5 tells"),
        ("ServiceRequest.note", "the first repetition of NTE-3 alone; here all lines"),
        ("Specimen", "what OBR says of a specimen that has an SPM of its own"),
    ];

    [Fact]
    public void agree_in_19_of_20_standard_elements()
    {
        var folder = Sample.SharedFolder() is { } shared ? Path.Combine(shared, "data", "hl7v2", "corpus", "cdc-reportstream") : null;
        Assert.SkipWhen(folder is null || !Directory.Exists(folder), "The pairs are not beside the project.");
        var everything = Directory.EnumerateFiles(folder!, "*.hl7", SearchOption.AllDirectories).Where(file => File.Exists(Path.ChangeExtension(file, ".fhir"))).SelectMany(Compare).ToList();
        var all = everything.Where(one => one.HasCounterparts).Select(one => one.Element).ToList();
        var different = all.Where(one => !one.IsEqual).GroupBy(one => one.Element).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).ToList();
        foreach (var group in different) output.WriteLine($"| {group.Count()} | {group.Key} | {Reason(group.Key)} |");
        foreach (var one in all.Where(one => !one.IsEqual)) output.WriteLine($"{one.Path}: {one.Theirs} expected, {one.Ours ?? "nothing"} found");
        var (equal, allowed) = (all.Count(one => one.IsEqual), all.Count(one => one.IsEqual || Reason(one.Element)?.StartsWith("R4", StringComparison.Ordinal) != true));
        output.WriteLine($"{equal} of {all.Count} elements are equal ({100.0 * equal / all.Count:0.0} %); {equal} of {allowed} without what R4 forbids ({100.0 * equal / allowed:0.0} %)");
        output.WriteLine($"{everything.Count(one => one.Element.IsEqual)} of {everything.Count} where a resource without a counterpart counts as different ({100.0 * everything.Count(one => one.Element.IsEqual) / everything.Count:0.0} %)");
        foreach (var group in everything.Where(one => !one.HasCounterparts && !one.Element.IsEqual).GroupBy(one => one.Element.Element).OrderByDescending(group => group.Count())) output.WriteLine($"without counterpart: {group.Count()} {group.Key}");
        Assert.True(all.Count > 1500, $"{all.Count} elements are too few to judge by");
        Assert.Empty(different.Where(group => Reason(group.Key) is null).Select(group => group.Key));
        Assert.True(equal >= 0.95 * all.Count, $"{equal} of {all.Count}");
    }

    private static string? Reason(string element) => Known.FirstOrDefault(known => element.StartsWith(known.Element, StringComparison.Ordinal)).Reason;

    /// <summary>Elements of one message. Where one side has more resources of a type than the other, each is compared with the one it is most like.</summary>
    private static IEnumerable<(ElementComparison Element, bool HasCounterparts)> Compare(string file)
    {
        var read = Hl7Message.Read(File.ReadAllBytes(file));
        if (read.Message is not { } message) yield break;
        var writes = MessageMapper.Map(message, Mapped.Context(Mapped.AnySender with { DefaultZone = "+00:00" })) is MappingResult.Mapped mapped ? mapped.Writes : [];
        using var bundle = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(file, ".fhir")));
        foreach (var type in Types)
        {
            var theirs = bundle.RootElement.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource")).Where(one => one.GetProperty("resourceType").GetString() == type).ToList();
            var ours = writes.Where(write => write.ResourceType == type).Select(Stored).ToList();
            var isEven = theirs.Count == ours.Count;
            for (var i = 0; i < theirs.Count; i++)
            {
                var expected = theirs[i];
                JsonElement? counterpart = isEven ? ours[i] : ours.Count == 0 ? null : ours.MaxBy(one => ResourceComparer.Compare(expected, one).Count(element => element.IsEqual));
                foreach (var element in ResourceComparer.Compare(expected, counterpart)) yield return (element, isEven);
            }
        }
    }

    private static JsonElement Stored(Health.Contracts.RecordWrite write)
    {
        var stored = MergePatch.Apply(default, write.Json.Span, write.UnionArrays);
        if (!write.Defaults.IsEmpty) stored = MergePatch.AddDefaults(stored, write.Defaults.Span);
        return JsonDocument.Parse(stored).RootElement;
    }
}
