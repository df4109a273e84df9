using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.Contracts;
using Health.Fhir.Wire.Xml;

namespace Health.Fhir.Interactions;

/// <summary>
/// FHIRPath Patch: a Parameters resource of operations add, insert, delete, replace, move. http://hl7.org/fhir/R4/fhirpatch.html
/// What is not touched keeps its digits. All operations apply or none; an error names the operation and its part.
/// </summary>
public static class FhirPathPatch
{
    public const int MaxOperations = 1000;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = Records.ResourceScan.MaxDepth, AllowDuplicateProperties = false };

    public static (byte[] Json, Refusal? Refusal) Apply(ReadOnlySpan<byte> target, ReadOnlySpan<byte> patch)
    {
        JsonObject? parameters;
        try
        {
            parameters = JsonNode.Parse(patch, documentOptions: Strict) as JsonObject;
        }
        catch (JsonException)
        {
            parameters = null;
        }

        if (parameters is null || Text(parameters, "resourceType") != "Parameters" || parameters["parameter"] is not JsonArray operations)
            return ([], Refusal.Invalid("A FHIRPath Patch is a Parameters resource with a parameter 'operation' for each step.", "Parameters"));
        if (operations.Count > MaxOperations) return ([], Refusal.TooCostly($"A patch has at most {MaxOperations} operations."));
        var resource = JsonNode.Parse(target)!.AsObject();
        var type = WireSchema.Resource(Text(resource, "resourceType")!)!;
        for (var i = 0; i < operations.Count; i++)
        {
            try
            {
                Run(new PatchSpot(type, resource), new Operation(operations[i]));
            }
            catch (PatchFailedException e)
            {
                return ([], new Refusal(422, "processing", $"Operation {i} {e.Message}.", $"Parameters.parameter[{i}]{(e.Part is null ? "" : $".part.where(name = '{e.Part}')")}"));
            }
        }

        return (Encoding.UTF8.GetBytes(resource.ToJsonString(Readable)), null);
    }

    private static void Run(PatchSpot root, Operation operation)
    {
        switch (operation.Code("type"))
        {
            case "add":
                Add(One(root, operation), operation);
                break;
            case "insert":
                Insert(root, operation);
                break;
            case "delete":
                var found = operation.Path.Find(root);
                if (found.Count > 1) throw new PatchFailedException($"deletes one element, and its path leads to {found.Count}", "path");
                if (found is [{ Owner: null }]) throw new PatchFailedException("deletes the whole resource", "path");
                if (found.Count == 1) found[0].Remove();
                break;
            case "replace":
                var spot = One(root, operation);
                if (spot.Owner is null) throw new PatchFailedException("replaces the whole resource; that is an update", "path");
                var value = PatchValue.Of(spot.Element!.Owner, NameOf(spot), operation.Value);
                if (value.Element != spot.Element) spot.Remove();
                (value.Element == spot.Element ? spot : spot with { Element = value.Element }).Replace(value.Value, value.Beside);
                break;
            case "move":
                Move(root, operation);
                break;
            case var other:
                throw new PatchFailedException($"has the type '{other}'; known are add, insert, delete, replace, move", "type");
        }
    }

    private static void Add(PatchSpot spot, Operation operation)
    {
        if (spot.Value is not JsonObject owner) throw new PatchFailedException("adds to an element that holds a plain value", "path");
        var name = operation.Code("name");
        var value = PatchValue.Of(spot.Type, name, operation.Value);
        if (value.Element.Repeats)
        {
            PatchSpot.Insert(owner, value.Element, (owner[value.Element.Name] as JsonArray)?.Count ?? 0, value.Value, value.Beside);
            return;
        }

        if (spot.Children(name).Any()) throw new PatchFailedException($"adds {name}, which is there already and does not repeat", "name");
        PatchSpot.Set(owner, value.Element.Name, value.Value);
        PatchSpot.Set(owner, "_" + value.Element.Name, value.Beside);
    }

    private static void Insert(PatchSpot root, Operation operation)
    {
        var (owner, element, count) = List(root, operation);
        var index = operation.Index("index");
        if (index > count) throw new PatchFailedException($"inserts at {index} into a list of {count}", "index");
        var value = PatchValue.Of(owner.Type, element.Name, operation.Value);
        PatchSpot.Insert((JsonObject)owner.Value!, element, index, value.Value, value.Beside);
    }

    private static void Move(PatchSpot root, Operation operation)
    {
        var (owner, element, count) = List(root, operation);
        var (source, destination) = (operation.Index("source"), operation.Index("destination"));
        if (source >= count) throw new PatchFailedException($"moves item {source} of a list of {count}", "source");
        if (destination >= count) throw new PatchFailedException($"moves to {destination} in a list of {count}", "destination");
        var node = (JsonObject)owner.Value!;
        foreach (var name in new[] { element.Name, "_" + element.Name })
        {
            if (node[name] is not JsonArray list) continue;
            while (list.Count < count) list.Add(null);
            var moved = list[source];
            list.RemoveAt(source);
            list.Insert(destination, moved);
        }
    }

    private static (PatchSpot Owner, WireElement Element, int Count) List(PatchSpot root, Operation operation)
    {
        var (owners, name) = operation.Path.Collection(root);
        if (owners.Count != 1) throw new PatchFailedException($"has a path to {owners.Count} lists; it has to be one", "path");
        if (PatchSpot.Elements(owners[0].Type, name).FirstOrDefault() is not { Repeats: true } element || owners[0].Value is not JsonObject owner) throw new PatchFailedException($"has a path to {name}, which is no list", "path");
        return (owners[0], element, (owner[element.Name] as JsonArray)?.Count ?? 0);
    }

    private static PatchSpot One(PatchSpot root, Operation operation) =>
        operation.Path.Find(root) is [var only] ? only : throw new PatchFailedException("has a path that does not lead to exactly one element", "path");

    private static string NameOf(PatchSpot spot)
    {
        var element = spot.Element!;
        var isChoice = element.Name.Length > element.TypeName.Length && element.Name.EndsWith(element.TypeName, StringComparison.OrdinalIgnoreCase)
            && PatchSpot.Elements(element.Owner, element.Name[..^element.TypeName.Length]).Skip(1).Any();
        return isChoice ? element.Name[..^element.TypeName.Length] : element.Name;
    }

    private static string? Text(JsonObject node, string name) => node[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The parts of one operation by name.</summary>
    private sealed class Operation
    {
        private readonly JsonArray parts;

        public Operation(JsonNode? parameter)
        {
            if (parameter is not JsonObject given || Text(given, "name") != "operation" || given["part"] is not JsonArray listed) throw new PatchFailedException("is no parameter 'operation' with parts");
            parts = listed;
        }

        public PatchPath Path => PatchPath.Parse(Code("path"));

        public JsonObject Value => Part("value");

        public string Code(string name) =>
            Part(name).FirstOrDefault(member => member.Key is "valueCode" or "valueString").Value is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw new PatchFailedException($"has a {name} that is no text", name);

        public int Index(string name) =>
            Part(name)["valueInteger"] is JsonValue value && value.TryGetValue<int>(out var index) && index >= 0 ? index : throw new PatchFailedException($"has a {name} that is no valueInteger from 0", name);

        private JsonObject Part(string name) => parts.OfType<JsonObject>().FirstOrDefault(part => Text(part, "name") == name) ?? throw new PatchFailedException($"has no part '{name}'", name);
    }
}
