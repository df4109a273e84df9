using System.Text.Json;

namespace Health.IntegrationTests.Search.Model;

/// <summary>Collects the JSON of a resource and, beside it, what each search parameter should find in it.</summary>
public sealed class ResourceWriter(string type, string id)
{
    private readonly List<string> members = [$"\"resourceType\":\"{type}\"", $"\"id\":\"{id}\""];
    private readonly Dictionary<string, List<ModelValue>> values = [];

    public ResourceWriter Json(string name, string json)
    {
        members.Add($"\"{name}\":{json}");
        return this;
    }

    public ResourceWriter Says(ModelValue value, params string[] parameters)
    {
        foreach (var parameter in parameters)
        {
            if (!values.TryGetValue(parameter, out var list)) values[parameter] = list = [];
            list.Add(value);
        }

        return this;
    }

    public ModelResource Done() => new(type, id, $"{{{string.Join(',', members)}}}", values.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<ModelValue>)pair.Value));

    public static string Quote(string text) => JsonSerializer.Serialize(text);

    public static string Object(params (string Name, string? Json)[] members) => $"{{{string.Join(',', members.Where(m => m.Json is not null).Select(m => $"\"{m.Name}\":{m.Json}"))}}}";

    public static string Array(IEnumerable<string> items) => $"[{string.Join(',', items)}]";
}
