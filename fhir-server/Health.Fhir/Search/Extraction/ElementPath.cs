using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>A way through the JSON of one resource type to elements of one FHIR type: what a branch of a FHIRPath union compiles to.</summary>
/// <param name="FhirType">Type of the elements found, e.g. <c>CodeableConcept</c>.</param>
/// <param name="ReferenceType">Only references that lead to this resource type (<c>where(resolve() is X)</c>).</param>
/// <param name="ImpliedSystem">Code system of a code whose binding is required.</param>
public sealed record ElementPath(IReadOnlyList<Hop> Hops, string FhirType, string? ReferenceType = null, string? ImpliedSystem = null)
{
    /// <summary>True when the path yields one boolean: the element is there and is not false (<c>Patient.deceased</c>).</summary>
    public bool IsPresenceTest { get; init; }

    /// <summary>True when the first hop is an element that a composite parameter is about, such as Observation.component: its values are numbered by it.</summary>
    public bool HasItem { get; init; }

    /// <summary>Calls <paramref name="found"/> for every element at the end of the path.</summary>
    public void Walk(JsonElement resource, Action<JsonElement> found) => Walk(resource, 0, null, (element, _) => found(element));

    /// <summary>The same, with the number of the item (from 1) the element lies in; null where the path <see cref="HasItem">has none</see>.</summary>
    public void Walk(JsonElement resource, Action<JsonElement, short?> found) => Walk(resource, 0, null, found);

    private void Walk(JsonElement element, int depth, short? item, Action<JsonElement, short?> found)
    {
        if (depth == Hops.Count)
        {
            found(element, item);
            return;
        }
        var hop = Hops[depth];
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(hop.Property, out var next)) return;
        if (next.ValueKind != JsonValueKind.Array)
        {
            if (hop.Accepts(next, 0)) Walk(next, depth + 1, ItemAt(depth, 0, item), found);
            return;
        }
        var index = 0;
        foreach (var one in next.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.Null && hop.Accepts(one, index)) Walk(one, depth + 1, ItemAt(depth, index, item), found);
            index++;
        }
    }

    private short? ItemAt(int depth, int index, short? item) => HasItem && depth == 0 ? (short)Math.Min(index + 1, short.MaxValue) : item;
}

/// <summary>One step: a JSON property, and which of its elements count.</summary>
public sealed record Hop(string Property)
{
    public int? Index { get; init; }

    /// <summary><c>where(child='literal')</c>.</summary>
    public (string Child, string Literal)? Where { get; init; }

    public bool Accepts(JsonElement element, int index)
    {
        if (Index is { } wanted && wanted != index) return false;
        if (Where is not var (child, literal)) return true;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(child, out var value)
            && value.ValueKind == JsonValueKind.String && value.ValueEquals(literal);
    }
}
