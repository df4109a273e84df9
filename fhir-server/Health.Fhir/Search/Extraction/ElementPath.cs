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

    /// <summary>Calls <paramref name="found"/> for every element at the end of the path.</summary>
    public void Walk(JsonElement resource, Action<JsonElement> found) => Walk(resource, 0, found);

    private void Walk(JsonElement element, int depth, Action<JsonElement> found)
    {
        if (depth == Hops.Count)
        {
            found(element);
            return;
        }
        var hop = Hops[depth];
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(hop.Property, out var next)) return;
        if (next.ValueKind != JsonValueKind.Array)
        {
            if (hop.Accepts(next, 0)) Walk(next, depth + 1, found);
            return;
        }
        var index = 0;
        foreach (var item in next.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Null && hop.Accepts(item, index)) Walk(item, depth + 1, found);
            index++;
        }
    }
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
