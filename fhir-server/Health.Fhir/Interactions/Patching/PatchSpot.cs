using System.Text.Json.Nodes;
using Health.Fhir.Wire.Xml;

namespace Health.Fhir.Interactions;

/// <summary>What a path of a FHIRPath Patch leads to: the resource itself, or one value of an element of an object.</summary>
/// <param name="Type">Type of the value, for what is asked of it further.</param>
/// <param name="Owner">null for the resource itself.</param>
/// <param name="Index">Place in a list; -1 for an element that does not repeat.</param>
internal sealed record PatchSpot(WireType Type, JsonNode? Value, JsonObject? Owner = null, WireElement? Element = null, int Index = -1)
{
    /// <summary>The values of an element, named as FHIRPath does: a choice without its type.</summary>
    public IEnumerable<PatchSpot> Children(string name)
    {
        if (Value is not JsonObject owner) yield break;
        foreach (var element in Elements(Type, name))
        {
            if (!owner.TryGetPropertyValue(element.Name, out var value) || value is null) continue;
            var type = element.Kind == WireKind.Resource ? TypeOf(value) : element.Type;
            if (!element.Repeats) yield return new PatchSpot(type, value, owner, element);
            else if (value is JsonArray list)
                for (var i = 0; i < list.Count; i++) yield return new PatchSpot(element.Kind == WireKind.Resource ? TypeOf(list[i]) : type, list[i], owner, element, i);
        }
    }

    public static IEnumerable<WireElement> Elements(WireType type, string name)
    {
        if (type.Elements.TryGetValue(name, out var plain)) return [plain];
        return type.Elements.Values.Where(element => element.Name.Length > name.Length && element.Name.StartsWith(name, StringComparison.Ordinal)
            && element.Name.AsSpan(name.Length).Equals(element.TypeName, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Takes the value out, with the id and extensions beside a primitive; what is left empty goes too.</summary>
    public void Remove()
    {
        if (Index < 0)
        {
            Owner!.Remove(Element!.Name);
            Owner.Remove("_" + Element.Name);
        }
        else
        {
            RemoveAt(Owner!, Element!.Name, Index);
            RemoveAt(Owner!, "_" + Element.Name, Index);
        }

        Prune(Owner!);
    }

    public void Replace(JsonNode? value, JsonNode? beside)
    {
        if (Index < 0)
        {
            Set(Owner!, Element!.Name, value);
            Set(Owner!, "_" + Element.Name, beside);
            return;
        }

        ((JsonArray)Owner![Element!.Name]!)[Index] = value;
        Beside(Owner, Element.Name, beside is not null)?[Index] = beside;
    }

    public static void Insert(JsonObject owner, WireElement element, int index, JsonNode? value, JsonNode? beside)
    {
        var values = owner[element.Name] as JsonArray;
        var besides = Beside(owner, element.Name, beside is not null);
        if (values is null) owner[element.Name] = values = [];
        values.Insert(index, value);
        besides?.Insert(index, beside);
    }

    public static void Set(JsonObject owner, string name, JsonNode? value)
    {
        if (value is null) owner.Remove(name);
        else owner[name] = value;
    }

    // The list beside the values, as long as they are.
    private static JsonArray? Beside(JsonObject owner, string name, bool isNeeded)
    {
        if (owner["_" + name] is not JsonArray list)
        {
            if (!isNeeded) return null;
            owner["_" + name] = list = [];
        }

        for (var count = (owner[name] as JsonArray)?.Count ?? 0; list.Count < count;) list.Add(null);
        return list;
    }

    private static void RemoveAt(JsonObject owner, string name, int index)
    {
        if (owner[name] is not JsonArray list) return;
        if (index < list.Count) list.RemoveAt(index);
        if (list.All(item => item is null)) owner.Remove(name);
    }

    private static void Prune(JsonObject owner)
    {
        if (owner.Count > 0 || owner.Parent is not { } parent) return;
        if (parent is JsonArray list) list.Remove(owner);
        var (holder, name) = parent is JsonArray { Count: 0 } empty ? (empty.Parent, empty.GetPropertyName()) : (parent, parent is JsonArray ? null : owner.GetPropertyName());
        if (holder is not JsonObject holding || name is null) return;
        holding.Remove(name);
        Prune(holding);
    }

    private static WireType TypeOf(JsonNode? resource) =>
        (resource as JsonObject)?["resourceType"] is JsonValue named && named.TryGetValue<string>(out var name) ? WireSchema.Resource(name) ?? WireType.None : WireType.None;
}
