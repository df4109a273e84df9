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
    /// Elements in which the pairs and the mapping differ, how often, and why: the whole of it, so that a new difference is told. Only those that begin with "R4" are
    /// left out of the second figure: what is expected there is no valid R4, so nobody may write it.
    /// </summary>
    private static readonly (int Count, string Element, string Reason)[] Known =
    [
        (8, "Patient.contact.telecom.value", "the numbers of two relatives in one contact; here each has a contact"),
        (6, "Patient.contact.telecom.use", "the numbers of two relatives in one contact; here each has a contact"),
        (5, "Patient.identifier.system", "a name of the sender's own where an absolute URI belongs; here the institution's system, by which the patient is found again"),
        (4, "Patient.link.type", "a link to a copy of the patient; here links come from merges alone"),
        (3, "DiagnosticReport.issued", "R4: an instant of a year alone"),
        (3, "Encounter.length.system", "the URI of UCUM has no slash at its end; with one it is another system"),
        (3, "Encounter.status", "in progress because PV1-2 is filled; here a trigger sets the status of a visit, and a result does not tell who is still there"),
        (3, "Encounter.text.div", "PV2-12 as narrative; clients get no narrative made of free text"),
        (3, "Observation.valueTime", "R4: no time (223100.0000)"),
        (3, "Patient.contact.telecom.system", "the numbers of two relatives in one contact; here each has a contact"),
        (3, "ServiceRequest.identifier.system", "a name of the sender's own where an absolute URI belongs; here the institution's system"),
        (2, "Observation.valueQuantity.system", "a unit system that is no URI; here the institution's"),
        (2, "Observation.valueRatio.denominator.system", "a unit system that is no URI; here the institution's"),
        (2, "Observation.valueRatio.numerator.system", "a unit system that is no URI; here the institution's"),
        (2, "Patient.communication.language.coding.version", "CWE-8 and CWE-13 the wrong way round"),
        (2, "Patient.contact.period.end", "R4: a contact with nothing but a period (pat-1)"),
        (2, "Patient.contact.period.start", "R4: a contact with nothing but a period (pat-1)"),
        (2, "Patient.contact.relationship.coding.system", "a page of the terminology site for local codes; here the institution's system"),
        (2, "Patient.maritalStatus.coding.version", "CWE-8 and CWE-13 the wrong way round"),
        (2, "Patient.telecom.use", "a mobile telephone (CP) in the field of the home numbers is mobile here"),
        (2, "ServiceRequest.note.text", "the first repetition of NTE-3 alone; here all lines"),
        (1, "Encounter.identifier.type.coding.system", "the system of a type without a type"),
        (1, "Observation.code.coding.system", "a page of the terminology site for local codes; here the institution's system"),
        (1, "Observation.valueCodeableConcept.coding.system", "a page of the terminology site for local codes; here the institution's system"),
        (1, "Observation.valueQuantity.value", "1 of 1.3: what follows the point is left out there"),
        (1, "Observation.valueRange.high.system", "a unit system that is no URI; here the institution's"),
        (1, "Observation.valueRange.low.system", "a unit system that is no URI; here the institution's"),
        (1, "Observation.valueString", "the separators of SN doubled"),
        (1, "Patient.contact.gender", "N (not applicable) is other, as HL7's own table maps"),
        (1, "Patient.contact.name.use", "parts of a second name; a contact has one"),
        (1, "Patient.name.use", "a name type (birth name) HL7's own table does not map"),
        (1, "ServiceRequest.status", "unknown, although ORC-5 tells"),
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
        Assert.Equal(
            Known.Select(known => $"{known.Count} {known.Element}").Order(StringComparer.Ordinal),
            different.Select(group => $"{group.Count()} {group.Key}").Order(StringComparer.Ordinal));
        Assert.True(equal >= 0.95 * all.Count, $"{equal} of {all.Count}");
    }

    private static string? Reason(string element) => Known.FirstOrDefault(known => known.Element == element).Reason;

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
