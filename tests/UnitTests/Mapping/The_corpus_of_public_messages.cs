using System.Text.Json;
using Health.Adapters.Mapping;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Health.Hl7v2;

namespace Health.UnitTests.Mapping;

/// <summary>
/// Messages nobody here wrote (../shared/data/hl7v2/corpus beside the project), mapped as the open test source's. Well-formed means: the
/// reader reports no error and the message has a segment that its type must have (PID for ADT; PID, OBR or OBX for ORU).
/// </summary>
public sealed class The_corpus_of_public_messages(ITestOutputHelper output)
{
    private static readonly string? Folder = Find();

    private sealed record Outcome(string File, string Type, bool IsWellFormed, MappingResult? Result, string Reason);

    [Fact]
    public void is_mapped_by_nine_of_ten_well_formed_admissions_and_results()
    {
        Assert.SkipWhen(Folder is null, "The corpus is not beside the project.");
        var outcomes = Outcomes();
        foreach (var group in outcomes.GroupBy(outcome => (outcome.Type, outcome.Reason)).OrderBy(group => group.Key.Type, StringComparer.Ordinal))
            output.WriteLine($"{group.Count(),4}  {group.Key.Type,-10} {group.Key.Reason}");
        var asked = outcomes.Where(outcome => outcome.Type is "ADT^A01" or "ORU^R01" && outcome.IsWellFormed).ToList();
        var mapped = asked.Count(outcome => outcome.Result is MappingResult.Mapped { Writes.Count: > 0 });
        output.WriteLine($"well-formed ADT^A01 and ORU^R01: {mapped} of {asked.Count} mapped");
        Assert.True(asked.Count > 150, $"{asked.Count} messages are too few to judge by");
        Assert.True(mapped >= 0.9 * asked.Count, $"{mapped} of {asked.Count}");
    }

    [Fact]
    public void becomes_json_without_empty_shells_or_repeated_elements()
    {
        Assert.SkipWhen(Folder is null, "The corpus is not beside the project.");
        foreach (var outcome in Outcomes())
        {
            if (outcome.Result is not MappingResult.Mapped mapped) continue;
            foreach (var write in mapped.Writes)
            {
                The_results_of_a_laboratory.AssertNoRepeats(Mapped.Json(write));
                Assert.Equal(write.ResourceType, Mapped.Json(write).GetProperty("resourceType").GetString());
            }

            var ids = mapped.Writes.Select(write => (write.ResourceType, write.Id)).ToList();
            Assert.Equal(ids.Distinct().Count(), ids.Count);
        }
    }

    [Fact]
    public void becomes_valid_resources_of_R4()
    {
        Assert.SkipWhen(Folder is null, "The corpus is not beside the project.");
        var (valid, wrong) = (0, new List<string>());
        foreach (var outcome in Outcomes())
        {
            if (outcome.Result is not MappingResult.Mapped mapped) continue;
            foreach (var write in mapped.Writes)
            {
                var stored = MergePatch.Apply(default, write.Json.Span, write.UnionArrays);
                if (!write.Defaults.IsEmpty) stored = MergePatch.AddDefaults(stored, write.Defaults.Span);
                var problems = ResourceCheck.TryRead(stored, write.ResourceType, out _);
                if (problems.Count == 0) valid++;
                else wrong.Add($"{Path.GetFileName(outcome.File)}: {write.ResourceType} {problems[0].Expression} {problems[0].Diagnostics}");
            }
        }

        foreach (var line in wrong) output.WriteLine(line);
        Assert.True(valid > 900, $"{valid} resources are too few to judge by");
        Assert.Empty(wrong);
    }

    [Fact]
    public void agrees_with_the_expected_patients_and_observations_of_the_CDC()
    {
        Assert.SkipWhen(Folder is null, "The corpus is not beside the project.");
        var (compared, different) = (0, new List<string>());
        // The expected resources take a time without a zone for UTC.
        foreach (var outcome in Outcomes(Mapped.AnySender with { DefaultZone = "+00:00" }).Where(outcome => outcome.Result is MappingResult.Mapped && File.Exists(Path.ChangeExtension(outcome.File, ".fhir"))))
        {
            using var expected = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(outcome.File, ".fhir")));
            foreach (var (path, theirs, ours) in Compare(expected.RootElement, (MappingResult.Mapped)outcome.Result!))
            {
                compared++;
                if (theirs != ours?.Replace("+00:00", "Z", StringComparison.Ordinal)) different.Add($"{Path.GetFileName(outcome.File)}: {path} is {ours}, expected {theirs}");
            }
        }

        foreach (var line in different) output.WriteLine(line);
        output.WriteLine($"{compared - different.Count} of {compared} elements agree");
        Assert.True(compared > 100, $"{compared} elements are too few to judge by");
        Assert.True(compared - different.Count >= 0.95 * compared, $"{different.Count} of {compared} differ");
    }

    private static readonly Dictionary<string, string[]> Elements = new()
    {
        ["Patient"] =
        [
            "gender", "birthDate", "name.0.family", "name.0.given.0", "name.0.given.1", "name.0.suffix.0", "name.0.prefix.0", "name.0.use", "address.0.line.0", "address.0.city",
            "address.0.state", "address.0.postalCode", "address.0.country", "address.0.use", "telecom.0.system", "telecom.0.use", "telecom.0.value", "deceasedBoolean", "multipleBirthInteger",
            "multipleBirthBoolean", "maritalStatus.coding.0.code", "communication.0.language.coding.0.code", "identifier.0.value", "contact.0.name.family",
        ],
        ["Observation"] =
        [
            "status", "code.coding.0.code", "code.coding.0.system", "code.coding.0.display", "valueQuantity.value", "valueQuantity.comparator", "valueQuantity.unit", "valueString",
            "valueRange.low.value", "valueRange.high.value", "valueRatio.numerator.value", "valueRatio.denominator.value", "valueCodeableConcept.coding.0.code",
            "valueCodeableConcept.coding.0.system", "valueDateTime", "valuePeriod.start", "interpretation.0.coding.0.code", "effectiveDateTime", "method.coding.0.code", "note.0.text",
        ],
        ["DiagnosticReport"] = ["status", "code.coding.0.code", "issued", "effectiveDateTime", "effectivePeriod.start", "identifier.0.value", "identifier.1.value"],
        ["Encounter"] = ["class.code", "period.start", "period.end", "type.0.coding.0.code", "serviceType.coding.0.code", "priority.coding.0.code", "hospitalization.admitSource.coding.0.code"],
        ["Specimen"] = ["type.coding.0.code", "receivedTime", "collection.collectedDateTime", "collection.collectedPeriod.start", "collection.quantity.value", "collection.bodySite.coding.0.code"],
    };

    private static IEnumerable<(string Path, string Theirs, string? Ours)> Compare(JsonElement bundle, MappingResult.Mapped mapped)
    {
        foreach (var (type, paths) in Elements)
        {
            var theirs = bundle.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource")).Where(resource => resource.GetProperty("resourceType").GetString() == type).ToList();
            var ours = mapped.Writes.Where(write => write.ResourceType == type).ToList();
            if (theirs.Count != 1 || ours.Count != 1) continue;
            foreach (var path in paths)
                if (Read(theirs[0], path) is { } value) yield return ($"{type}.{path}", value, Read(Mapped.Json(ours[0]), path) ?? Default(ours[0], path));
        }
    }

    private static string? Default(RecordWrite write, string path) => write.Defaults.IsEmpty ? null : Read(JsonDocument.Parse(write.Defaults).RootElement, path);

    private static string? Read(JsonElement element, string path)
    {
        foreach (var step in path.Split('.'))
        {
            if (int.TryParse(step, out var index))
            {
                if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() <= index) return null;
                element = element[index];
            }
            else if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element))
            {
                return null;
            }
        }

        return element.ValueKind switch { JsonValueKind.Null => null, JsonValueKind.String => element.GetString(), _ => element.GetRawText() };
    }

    private static List<Outcome> Outcomes(SourceProfile? source = null)
    {
        var outcomes = new List<Outcome>();
        foreach (var file in Directory.EnumerateFiles(Folder!, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Path.GetExtension(file) is not (".hl7" or ".txt")) continue;
            var read = Hl7Message.Read(File.ReadAllBytes(file));
            if (read.Message is not { } message)
            {
                outcomes.Add(new Outcome(file, "none", false, null, "not a message: " + read.Diagnostics[^1].Text));
                continue;
            }

            var result = MessageMapper.Map(message, Mapped.Context(source ?? Mapped.AnySender));
            var reason = result is MappingResult.Refused refused ? $"refused: {refused.Problems[0].Path} {refused.Problems[0].ErrCode} {refused.Problems[0].Text}" : "mapped";
            outcomes.Add(new Outcome(file, $"{message.MessageCode}^{message.TriggerEvent}", IsWellFormed(message), result, reason));
        }

        return outcomes;
    }

    private static bool IsWellFormed(Hl7Message message) =>
        !message.Diagnostics.Any(diagnostic => diagnostic.IsError)
        && (message.MessageCode == "ADT"
            ? message.Segment("PID").Exists
            : message.Segment("PID").Exists || message.Segment("OBR").Exists || message.Segment("OBX").Exists);

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var corpus = Path.Combine(folder.FullName, "shared", "data", "hl7v2", "corpus");
            if (Directory.Exists(corpus)) return corpus;
        }

        return null;
    }
}
