using Health.Fhir.FhirPath;

namespace Health.Fhir.Validation;

/// <summary>dom-2 to dom-5: what a contained resource may not have, and that something refers to it. http://hl7.org/fhir/R4/domainresource.html</summary>
internal static class ContainedCheck
{
    public static void Run(ResourceTree tree, ValidationIssues issues)
    {
        for (var node = 0; node < tree.Count; node++)
        {
            if (tree[node].Type?.Kind != TypeKind.Resource || tree[node].Kind != NodeKind.Object || IsContained(tree, node)) continue;
            var contained = tree.Member(node, "contained"u8);
            if (contained >= 0 && tree[contained].Kind == NodeKind.Array) Of(tree, issues, node, contained);
        }
    }

    private static bool IsContained(ResourceTree tree, int node) => tree[node].Element is { Name: "contained" };

    private static void Of(ResourceTree tree, ValidationIssues issues, int root, int contained)
    {
        var referred = new HashSet<string>();
        for (var node = root; node < tree[root].End; node++)
            if (tree[node].Kind == NodeKind.String && tree.Raw(node) is [(byte)'#', _, ..] && IsAddress(tree, node)) referred.Add(tree.Text(node)[1..]);
        for (var item = contained + 1; item < tree[contained].End && !issues.IsFull; item = tree[item].End)
        {
            if (tree[item].Kind != NodeKind.Object) continue;
            Check(tree, issues, item);
            var id = tree.Member(item, "id"u8);
            if (id >= 0 && tree[id].Kind == NodeKind.String && referred.Contains(tree.Text(id))) continue;
            if (RefersToContainer(tree, item)) continue;
            issues.Add(Severity.Error, "invariant", id < 0
                ? "dom-3: a contained resource has an id, so that the resource can refer to it."
                : $"dom-3: nothing in the resource refers to '#{tree.Text(id)}'.", tree.PathOf(item));
        }
    }

    private static void Check(ResourceTree tree, ValidationIssues issues, int item)
    {
        if (tree.Member(item, "contained"u8) is var inner and >= 0) issues.Add(Severity.Error, "invariant", "dom-2: a contained resource contains no other.", tree.PathOf(inner));
        if (tree.Member(item, "meta"u8) is not (var meta and >= 0)) return;
        if (tree.Has(meta, "versionId"u8) || tree.Has(meta, "lastUpdated"u8)) issues.Add(Severity.Error, "invariant", "dom-4: a contained resource has no version and no time of its own.", tree.PathOf(meta));
        if (tree.Has(meta, "security"u8)) issues.Add(Severity.Error, "invariant", "dom-5: a contained resource has no security label of its own.", tree.PathOf(meta));
    }

    private static bool RefersToContainer(ResourceTree tree, int item)
    {
        for (var node = item; node < tree[item].End; node++)
            if (tree[node].Kind == NodeKind.String && tree.Raw(node) is [(byte)'#'] && IsAddress(tree, node)) return true;
        return false;
    }

    // Reference.reference is a string by its type.
    private static bool IsAddress(ResourceTree tree, int node) =>
        tree[node].Type is { Primitive: PrimitiveKind.Uri or PrimitiveKind.Url or PrimitiveKind.Canonical } || tree[node].Element is { Name: "reference" };
}
