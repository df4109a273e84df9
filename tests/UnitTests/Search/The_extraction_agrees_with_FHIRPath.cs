using System.Text.Json;
using Health.Fhir.Search;
using Hl7.Fhir.FhirPath;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;

namespace Health.UnitTests.Search;

/// <summary>The SDK's FHIRPath engine is the oracle: for every parameter of every synthetic resource the same elements are found.</summary>
public sealed class The_extraction_agrees_with_FHIRPath
{
    private static readonly PathCompiler Compiler = new(FhirDefinitions.R4);
    private static readonly FhirJsonDeserializer Deserializer = new(new DeserializerSettings().UsingMode(DeserializationMode.Recoverable));

    public static TheoryData<string> Patients => [.. Folder is { } folder ? Directory.GetFiles(folder, "*.json").Order().Take(4).Select(Path.GetFileName).OfType<string>() : ["none"]];

    private static string? Folder
    {
        get
        {
            for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
                if (Path.Combine(at.FullName, "shared/data/fhir/synthea") is var folder && Directory.Exists(folder)) return folder;
            return Environment.GetEnvironmentVariable("HEALTH_SHARED_DATA") is { Length: > 0 } set && Directory.Exists(set + "/fhir/synthea") ? set + "/fhir/synthea" : null;
        }
    }

    [Theory, MemberData(nameof(Patients))]
    public void on_a_synthetic_patient(string file)
    {
        Assert.SkipWhen(Folder is null, "The folder shared/data/fhir/synthea is not beside the repository (HEALTH_SHARED_DATA).");
        using var bundle = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, file)));
        List<string> differences = [];
        var compared = 0;
        Dictionary<string, int> perType = [];
        foreach (var entry in bundle.RootElement.GetProperty("entry").EnumerateArray())
        {
            var resource = entry.GetProperty("resource");
            var type = resource.GetProperty("resourceType").GetString()!;
            // Some of each type: a hundred like Observations say no more than eight.
            if ((perType[type] = perType.GetValueOrDefault(type) + 1) > 8) continue;
            compared += Compare(type, resource, differences);
        }
        Assert.True(compared > 500, $"only {compared} parameters compared");
        Assert.Equal("", string.Join('\n', differences.Take(10)));
    }

    private static int Compare(string type, JsonElement resource, List<string> differences)
    {
        var model = Deserializer.DeserializeResource(resource.GetRawText());
        var context = new FhirEvaluationContext { ElementResolver = url => Node(ReferenceTarget.TypeOf(url) is "Patient" or null ? new Patient() : new Organization()) };
        var compared = 0;
        foreach (var parameter in FhirDefinitions.R4.ParametersOf(type).Values)
        {
            if (parameter.Expression is null || parameter.Type is SearchType.Composite or SearchType.Special || Compiler.Compile(type, parameter.Expression) is not { } paths) continue;
            if (paths.Any(path => path.IsPresenceTest || path.ReferenceType is not (null or "Patient"))) continue;
            List<string> ours = [];
            foreach (var path in paths)
            {
                path.Walk(resource, element =>
                {
                    if (path.ReferenceType is null || ReferenceTarget.TypeOf(element.GetProperty("reference").GetString()!) is "Patient" or null) ours.Add(Print(element));
                });
            }
            var theirs = model.Select(parameter.Expression, context).OfType<Base>().Select(Print).Distinct().Order(StringComparer.Ordinal);
            compared++;
            // A FHIRPath union drops what is equal.
            if (!ours.Distinct().Order(StringComparer.Ordinal).SequenceEqual(theirs)) differences.Add($"{type}.{parameter.Code}: [{string.Join("; ", ours)}] but FHIRPath [{string.Join("; ", theirs)}]");
        }
        return compared;
    }

    /// <summary>The texts inside an element, sorted: enough to tell elements apart, the same for both models.</summary>
    private static string Print(JsonElement element) => string.Join(',', Texts(element).Order(StringComparer.Ordinal));

    private static string Print(Base element) => string.Join(',', Texts(element).Order(StringComparer.Ordinal));

    private static IEnumerable<string> Texts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Texts(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.True => ["true"],
        JsonValueKind.False => ["false"],
        _ => [],
    };

    private static IEnumerable<string> Texts(Base element)
    {
        if (element is PrimitiveType { JsonValue: { } value }) return value switch { string text => [text], true => ["true"], false => ["false"], _ => [] };
        return element.EnumerateElements().SelectMany(child => child.Value switch
        {
            Base one => Texts(one),
            IEnumerable<Base> many => many.SelectMany(Texts),
            string text => [text],
            _ => [],
        });
    }

    private static PocoNode Node(Resource resource) => new(resource, null, null, resource.TypeName);
}
