using System.Globalization;
using System.Text.Json;
using Health.Fhir.FhirPath;

namespace Health.Fhir.Validation;

/// <summary>Fixed values and patterns against nodes. http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_</summary>
internal static class PatternMatch
{
    /// <summary>Exactly this value.</summary>
    public static bool IsFixed(JsonElement wanted, ResourceTree tree, int node) => Matches(wanted, tree, node, true);

    /// <summary>At least what the pattern says; an item of a pattern's array is found anywhere in the array.</summary>
    public static bool Has(JsonElement wanted, ResourceTree tree, int node) => Matches(wanted, tree, node, false);

    private static bool Matches(JsonElement wanted, ResourceTree tree, int node, bool exact)
    {
        switch (wanted.ValueKind)
        {
            case JsonValueKind.Object:
                if (tree[node].Kind != NodeKind.Object) return false;
                var count = 0;
                foreach (var member in wanted.EnumerateObject())
                {
                    var own = tree.Member(node, System.Text.Encoding.UTF8.GetBytes(member.Name));
                    if (own < 0 || !Matches(member.Value, tree, own, exact)) return false;
                    count++;
                }

                return !exact || count == Count(tree, node);
            case JsonValueKind.Array:
                if (tree[node].Kind != NodeKind.Array) return false;
                var items = Items(tree, node);
                if (exact) return items.Count == wanted.GetArrayLength() && wanted.EnumerateArray().Zip(items).All(pair => Matches(pair.First, tree, pair.Second, true));
                return wanted.EnumerateArray().All(one => items.Exists(item => Matches(one, tree, item, false)));
            case JsonValueKind.String:
                return tree[node].Kind == NodeKind.String && tree.TextEquals(node, wanted.GetString()!);
            case JsonValueKind.Number:
                return tree[node].Kind == NodeKind.Number && decimal.TryParse(tree.Text(node), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && wanted.TryGetDecimal(out var other) && number == other;
            case JsonValueKind.True:
                return tree[node].Kind == NodeKind.True;
            default:
                return wanted.ValueKind == JsonValueKind.False && tree[node].Kind == NodeKind.False;
        }
    }

    private static int Count(ResourceTree tree, int node) => Items(tree, node).Count;

    /// <summary>The direct members or items.</summary>
    public static List<int> Items(ResourceTree tree, int node)
    {
        List<int> items = [];
        for (var at = node + 1; at < tree[node].End; at = tree[at].End) items.Add(at);
        return items;
    }
}
