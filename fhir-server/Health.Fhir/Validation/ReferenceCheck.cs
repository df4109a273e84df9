using Health.Fhir.FhirPath;

namespace Health.Fhir.Validation;

/// <summary>Whether a reference leads to a type its element allows, and into a contained resource that is there (ref-1). http://hl7.org/fhir/R4/references.html</summary>
internal static class ReferenceCheck
{
    public static void Target(ResourceTree tree, ValidationIssues issues, int node, ElementShape element, int resource)
    {
        var reference = tree.Member(node, "reference"u8);
        if (reference >= 0 && tree[reference].Kind == NodeKind.String && tree.Raw(reference) is [(byte)'#', _, ..])
        {
            Contained(tree, issues, reference, element);
            return;
        }

        if (element.Targets is not { } targets) return;
        if (reference >= 0 && tree[reference].Kind == NodeKind.String && TypeIn(tree.Text(reference)) is { } type && !targets.Contains(type))
            issues.Add(Severity.Error, "value", $"'{element.Name}' cannot refer to a {type}: it refers to {string.Join(", ", targets)}.", tree.PathOf(reference));
        var stated = tree.Member(node, "type"u8);
        if (stated >= 0 && tree[stated].Kind == NodeKind.String && tree.Text(stated) is var named && TypeShape.Of(named) is { Kind: TypeKind.Resource } && !targets.Contains(named))
            issues.Add(Severity.Error, "value", $"'{element.Name}' cannot refer to a {named}: it refers to {string.Join(", ", targets)}.", tree.PathOf(stated));
    }

    /// <summary>The resource type a literal reference names; null when it names none (a URN, a fragment, a foreign address).</summary>
    public static string? TypeIn(string reference)
    {
        var question = reference.IndexOf('?');
        if (question > 0) return Resource(reference[..question]);
        var path = reference.AsSpan();
        if (path.IndexOf("/_history/") is var version and > 0) path = path[..version];
        var slash = path.LastIndexOf('/');
        if (slash <= 0) return null;
        var before = path[..slash];
        return Resource(before[(before.LastIndexOf('/') + 1)..].ToString());
    }

    private static string? Resource(string name) => name.Length > 0 && char.IsAsciiLetterUpper(name[0]) && TypeShape.Of(name) is { Kind: TypeKind.Resource } ? name : null;

    private static void Contained(ResourceTree tree, ValidationIssues issues, int reference, ElementShape element)
    {
        var id = tree.Text(reference)[1..];
        var root = Container(tree, reference);
        var contained = tree.Member(root, "contained"u8);
        if (contained >= 0 && tree[contained].Kind == NodeKind.Array)
        {
            for (var item = contained + 1; item < tree[contained].End; item = tree[item].End)
            {
                var own = tree.Member(item, "id"u8);
                if (own < 0 || tree[own].Kind != NodeKind.String || !tree.TextEquals(own, id)) continue;
                if (element.Targets is { } targets && tree.TypeName(item) is var type && !targets.Contains(type))
                    issues.Add(Severity.Error, "value", $"'{element.Name}' cannot refer to a {type}: it refers to {string.Join(", ", targets)}.", tree.PathOf(reference));
                return;
            }
        }

        issues.Add(Severity.Error, "invariant", $"ref-1: the resource contains nothing with the id '{id}'.", tree.PathOf(reference));
    }

    /// <summary>The resource whose <c>contained</c> a fragment means: the outermost one that is not itself an entry of a Bundle or Parameters.</summary>
    public static int Container(ResourceTree tree, int node)
    {
        for (var at = node; ; at = tree[at].Parent)
        {
            var parent = tree[at].Parent;
            if (parent < 0) return at;
            if (tree[at].Element is { Name: "resource", Types: ["Resource", ..] } or { Name: "outcome", Types: ["Resource", ..] }) return at;
        }
    }
}
