using System.Text.Json;
using Health.Fhir.FhirPath;
using Health.Fhir.Validation;
using Hl7.Fhir.FhirPath;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;

namespace Health.IntegrationTests.Examples;

/// <summary>The SDK's engine is the oracle: every rule of every type, over official examples of every type and over copies of them that break.</summary>
public sealed class Invariants_agree_with_the_SDK
{
    private const int ExamplesPerType = 3, MaxBytes = 60_000;
    private static readonly FhirJsonDeserializer Deserializer = new(new DeserializerSettings().UsingMode(DeserializationMode.Recoverable));
    private int compared, violated;

    [Fact]
    public void on_the_official_examples()
    {
        Assert.SkipWhen(SharedExamples.Official is null, SharedExamples.Missing);
        List<string> differences = [];
        foreach (var group in Directory.GetFiles(SharedExamples.Official!, "*.json", SearchOption.AllDirectories).Order().GroupBy(file => Path.GetFileName(file).Split('-')[0]))
        {
            foreach (var file in group.Where(file => new FileInfo(file).Length < MaxBytes).Take(ExamplesPerType))
            {
                var json = SharedExamples.Read(file);
                Compare(json, Path.GetFileName(file), differences);
                foreach (var broken in Without(json)) Compare(broken, Path.GetFileName(file) + " without a part", differences);
            }
        }

        Assert.True(compared > 5_000 && violated > 80, $"only {compared} rules compared, {violated} violated");
        Assert.True(differences.Count == 0, string.Join('\n', differences.DistinctBy(difference => difference.Split(' ').First(word => word.Contains('-') && !word.Contains('.'))).Take(60)));
    }

    private void Compare(byte[] json, string name, List<string> differences)
    {
        var tree = ResourceTree.Parse(json);
        var found = new ValidationIssues();
        ResourceValidator.Run(tree, found, false);
        // Rules are asked only of a sound structure; in another one, empty stands against missing and the engines differ.
        if (found.All.Any(issue => issue.Code != "invariant")) return;
        var type = tree.TypeName(0);
        if (TypeShape.Of(type) is not { Kind: TypeKind.Resource } shape || !Deserializer.TryDeserializeResource(System.Text.Encoding.UTF8.GetString(json), out var model, out _) || model is null) return;
        foreach (var (path, rule) in Rules(shape, ""))
        {
            var expression = path.Length == 0 ? rule.Expression : $"{path}.select({rule.Expression})";
            var (ours, theirs) = (Ours(tree, expression), Theirs(model, expression));
            compared++;
            if (ours.Contains("false")) violated++;
            if (ours != theirs) differences.Add($"{name} {rule.Key} {expression}: {ours}, the SDK {theirs}");
        }

        tree.Return();
    }

    /// <summary>The rules of a type and of the elements inside, with the path from the resource.</summary>
    private static IEnumerable<(string Path, Invariant Rule)> Rules(TypeShape shape, string path)
    {
        if (path.Count(letter => letter == '.') > 3) yield break;
        foreach (var rule in shape.Invariants) yield return (path, rule);
        foreach (var element in shape.Elements)
        {
            var inside = path.Length == 0 ? element.Name : $"{path}.{element.Name}";
            foreach (var rule in element.Invariants) yield return (inside, rule);
            if (!element.IsChoice && element.Types.Length == 1 && TypeShape.Of(element.Types[0]) is { Kind: TypeKind.Backbone } inner && inner != shape)
                foreach (var rule in Rules(inner, inside)) yield return rule;
            if (!element.IsChoice && element.Types is ["Period" or "Quantity" or "Attachment" or "ContactPoint" or "Timing" or "Range" or "Ratio" or "Dosage"])
                foreach (var rule in TypeShape.Of(element.Types[0])!.Invariants) yield return (inside, rule);
        }
    }

    private static string Ours(ResourceTree tree, string expression)
    {
        try
        {
            return string.Join(',', FhirPathExpression.Parse(expression).Print(tree, 0));
        }
        catch (FhirPathException)
        {
            return "error";
        }
    }

    private static string Theirs(Resource model, string expression)
    {
        try
        {
            return string.Join(',', model.Select(expression, new FhirEvaluationContext { Resource = null }).OfType<PrimitiveType>().Select(value => value is FhirBoolean flag ? flag.Value == true ? "true" : "false" : value.ToString()));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or NotSupportedException)
        {
            return "error";
        }
    }

    /// <summary>Copies of a resource that lack one member each (a few of them).</summary>
    private static IEnumerable<byte[]> Without(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        foreach (var name in document.RootElement.EnumerateObject().Select(member => member.Name).Where(name => name is not ("resourceType" or "id" or "text")).Take(20).ToList())
        {
            var copy = System.Text.Json.Nodes.JsonNode.Parse(json)!.AsObject();
            copy.Remove(name);
            yield return JsonSerializer.SerializeToUtf8Bytes(copy);
        }
    }
}
