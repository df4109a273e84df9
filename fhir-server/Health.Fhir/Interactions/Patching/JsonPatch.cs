using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.Contracts;

namespace Health.Fhir.Interactions;

/// <summary>
/// JSON Patch (RFC 6902): add, remove, replace, move, copy, test. Numbers that are not touched keep their digits; what copies may grow to is
/// bounded. An error names the operation.
/// </summary>
public static class JsonPatch
{
    public const int MaxOperations = 1000, MaxCopied = 100_000;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = Records.ResourceScan.MaxDepth, AllowDuplicateProperties = false };

    private sealed class Failed(string message) : Exception(message);

    public static (byte[] Json, Refusal? Refusal) Apply(ReadOnlySpan<byte> target, ReadOnlySpan<byte> patch)
    {
        JsonArray operations;
        try
        {
            operations = JsonNode.Parse(patch, documentOptions: Strict) as JsonArray ?? throw new JsonException("not an array");
        }
        catch (JsonException)
        {
            return ([], Refusal.Invalid("A JSON Patch is an array of operations, at most 64 levels deep, no member twice."));
        }

        if (operations.Count > MaxOperations) return ([], Refusal.TooCostly($"A patch has at most {MaxOperations} operations."));
        JsonNode? root = JsonNode.Parse(target);
        var budget = MaxCopied;
        for (var i = 0; i < operations.Count; i++)
        {
            try
            {
                root = Run(root, operations[i] as JsonObject ?? throw new Failed("is not an object"), ref budget);
            }
            catch (Failed e)
            {
                return ([], new Refusal(422, "processing", $"Operation {i} {e.Message}.", $"[{i}]"));
            }
        }

        var depth = 0;
        if (root is not null && !IsShallow(root, ref depth)) return ([], Refusal.TooCostly($"The patched resource is nested more than {Records.ResourceScan.MaxDepth} deep."));
        return root is null ? ([], Refusal.Unprocessable("The patch removes the whole resource.")) : (System.Text.Encoding.UTF8.GetBytes(root.ToJsonString(Readable)), null);
    }

    private static JsonNode? Run(JsonNode? root, JsonObject operation, ref int budget)
    {
        var path = Pointer(operation, "path");
        switch (Text(operation, "op"))
        {
            case "add":
                return Add(root, path, Value(operation));
            case "remove":
                Remove(root, path);
                return root;
            case "replace":
                if (path.Length == 0) return Value(operation);
                Remove(root, path);
                return Add(root, path, Value(operation));
            case "move":
                var from = Pointer(operation, "from");
                if (path.Length > from.Length && path.AsSpan(0, from.Length).SequenceEqual(from)) throw new Failed("moves a value into itself");
                var moved = Find(root, from)?.DeepClone();
                Remove(root, from);
                return Add(root, path, moved);
            case "copy":
                var copied = Find(root, Pointer(operation, "from"));
                // Copies of copies double with each operation.
                Weigh(copied, ref budget);
                return Add(root, path, copied?.DeepClone());
            case "test":
                return JsonNode.DeepEquals(Find(root, path), Value(operation)) ? root : throw new Failed("tests for another value than there is");
            case var other:
                throw new Failed($"has the unknown op '{other}'");
        }
    }

    private static void Weigh(JsonNode? node, ref int budget)
    {
        if (--budget < 0) throw new Failed($"copies more than {MaxCopied} values");
        if (node is JsonObject members)
            foreach (var member in members) Weigh(member.Value, ref budget);
        if (node is JsonArray list)
            foreach (var item in list) Weigh(item, ref budget);
    }

    private static bool IsShallow(JsonNode? node, ref int depth)
    {
        if (node is not (JsonObject or JsonArray)) return true;
        if (++depth > Records.ResourceScan.MaxDepth) return false;
        foreach (var child in node is JsonObject members ? members.Select(member => member.Value) : (JsonArray)node)
            if (!IsShallow(child, ref depth)) return false;
        depth--;
        return true;
    }

    private static JsonNode? Add(JsonNode? root, string[] path, JsonNode? value)
    {
        if (path.Length == 0) return value;
        switch (Find(root, path[..^1]))
        {
            case JsonObject target:
                target[path[^1]] = value;
                return root;
            case JsonArray list:
                list.Insert(path[^1] == "-" ? list.Count : Index(path[^1], list.Count + 1), value);
                return root;
            default:
                throw new Failed("has a path whose parent is no object or array");
        }
    }

    private static void Remove(JsonNode? root, string[] path)
    {
        if (path.Length == 0) throw new Failed("removes the whole resource");
        switch (Find(root, path[..^1]))
        {
            case JsonObject target when target.Remove(path[^1]):
                return;
            case JsonArray list:
                list.RemoveAt(Index(path[^1], list.Count));
                return;
            default:
                throw new Failed("has a path that leads nowhere");
        }
    }

    private static JsonNode? Find(JsonNode? node, string[] path)
    {
        foreach (var step in path)
            node = node switch
            {
                JsonObject target when target.ContainsKey(step) => target[step],
                JsonArray list => list[Index(step, list.Count)],
                _ => throw new Failed("has a path that leads nowhere"),
            };
        return node;
    }

    private static int Index(string step, int count) =>
        step.All(char.IsAsciiDigit) && int.TryParse(step, out var index) && index < count && (step == "0" || step[0] != '0') ? index : throw new Failed($"has the index '{step}', which is none here");

    private static string[] Pointer(JsonObject operation, string name)
    {
        var text = Text(operation, name);
        if (text.Length == 0) return [];
        return text[0] == '/' ? [.. text[1..].Split('/').Select(step => step.Replace("~1", "/").Replace("~0", "~"))] : throw new Failed($"has a {name} that does not start with '/'");
    }

    private static string Text(JsonObject operation, string name) =>
        operation.TryGetPropertyValue(name, out var node) && node is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw new Failed($"has no {name}");

    private static JsonNode? Value(JsonObject operation) => operation.TryGetPropertyValue("value", out var value) ? value?.DeepClone() : throw new Failed("has no value");
}
