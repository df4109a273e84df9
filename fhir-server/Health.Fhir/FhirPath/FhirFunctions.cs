using Health.Fhir.Validation;
using Health.Fhir.Wire;

namespace Health.Fhir.FhirPath;

/// <summary>The functions FHIR adds. http://hl7.org/fhir/R4/fhirpath.html#functions</summary>
internal static class FhirFunctions
{
    public static Op? One(string name, Op argument) => name switch
    {
        "extension" => (e, input) => Extension(e, input, argument),
        "memberOf" => (e, input) => MemberOf(e, input, argument),
        _ => null,
    };

    private static readonly Op Extensions = Navigation.Child("extension", false), Url = Navigation.Child("url", false);

    private static Range Extension(Evaluator e, Range input, Op argument)
    {
        var mark = e.Top;
        if (e.Text(Ops.Outer(e, argument), "extension()") is not { } url) return Ops.Nothing(e, mark);
        e.Release(mark);
        var all = Extensions(e, input);
        var found = e.Top;
        for (var at = all.Start; at < all.End; at++)
        {
            var extension = e[at];
            var own = e.Tree.Member(extension.Node, "url"u8);
            if (own >= 0 && e.Tree[own].Kind == NodeKind.String && e.Tree.TextEquals(own, url)) e.Push(extension);
        }

        return e.Keep(mark, e.Since(found));
    }

    /// <summary>References and canonicals into the contained resources, and to other entries of the same Bundle; what lies elsewhere is not fetched.</summary>
    public static Range Resolve(Evaluator e, Range input)
    {
        var mark = e.Top;
        for (var at = input.Start; at < input.End; at++)
        {
            var item = e[at];
            if (item.Kind != ItemKind.Node || item.Node < 0) continue;
            var reference = e.Tree[item.Node].Kind == NodeKind.Object ? e.Tree.Member(item.Node, "reference"u8) : item.Node;
            if (reference < 0 || e.Tree[reference].Kind != NodeKind.String) continue;
            var text = e.Tree.Text(reference);
            var target = text.StartsWith('#') ? Contained(e.Tree, ReferenceCheck.Container(e.Tree, reference), text[1..]) : Entry(e.Tree, text);
            if (target >= 0) e.Push(Item.Of(target, -1, e.Tree[target].Type));
        }

        return e.Since(mark);
    }

    private static int Contained(ResourceTree tree, int root, string id)
    {
        if (id.Length == 0) return root;
        var contained = tree.Member(root, "contained"u8);
        if (contained < 0 || tree[contained].Kind != NodeKind.Array) return -1;
        for (var item = contained + 1; item < tree[contained].End; item = tree[item].End)
            if (tree.Member(item, "id"u8) is var own and >= 0 && tree[own].Kind == NodeKind.String && tree.TextEquals(own, id)) return item;
        return -1;
    }

    private static int Entry(ResourceTree tree, string reference)
    {
        if (tree[0].Type?.Name != "Bundle") return -1;
        var entries = tree.Member(0, "entry"u8);
        if (entries < 0 || tree[entries].Kind != NodeKind.Array) return -1;
        for (var entry = entries + 1; entry < tree[entries].End; entry = tree[entry].End)
        {
            var (url, resource) = (tree.Member(entry, "fullUrl"u8), tree.Member(entry, "resource"u8));
            if (url < 0 || resource < 0 || tree[url].Kind != NodeKind.String) continue;
            var full = tree.Text(url);
            if (full == reference || full.EndsWith("/" + reference, StringComparison.Ordinal)) return resource;
        }

        return -1;
    }

    private static Range MemberOf(Evaluator e, Range input, Op argument)
    {
        var mark = e.Top;
        var valueSet = e.Text(Ops.Outer(e, argument), "memberOf()");
        e.Release(mark);
        if (valueSet is null || input.Count != 1 || e.Context.MemberOf is not { } test) return Range.Empty;
        var item = e[input.Start];
        if (item.IsPrimitive(e.Tree)) return e.Bool(test(valueSet, null, item.AsText(e.Tree)));
        bool? any = null;
        foreach (var coding in Codings(e.Tree, item.Node))
        {
            var (system, code) = (e.Tree.Member(coding, "system"u8), e.Tree.Member(coding, "code"u8));
            if (code >= 0 && test(valueSet, system >= 0 ? e.Tree.Text(system) : null, e.Tree.Text(code)) is { } one) any = any == true || one;
        }

        return e.Bool(any);
    }

    private static IEnumerable<int> Codings(ResourceTree tree, int node)
    {
        var list = tree.Member(node, "coding"u8);
        if (list < 0) yield return node;
        else for (var item = list + 1; item < tree[list].End; item = tree[item].End) yield return item;
    }

    public static Range HtmlChecks(Evaluator e, Range input) => e.Text(input, "htmlChecks()") is { } xhtml ? e.One(Item.Of(NarrativeGuard.Fault(xhtml) is null)) : Range.Empty;
}
