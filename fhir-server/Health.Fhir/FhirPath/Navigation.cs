using System.Text;
using Health.Fhir.Validation;

namespace Health.Fhir.FhirPath;

/// <summary>From elements to their children.</summary>
internal static class Navigation
{
    /// <summary>A child by name. At the beginning of an expression the name of the element's own type stands for the element itself.</summary>
    public static Op Child(string name, bool isFirst)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        var mayBeType = isFirst && char.IsAsciiLetterUpper(name[0]);
        return (e, input) =>
        {
            var mark = e.Top;
            for (var at = input.Start; at < input.End; at++)
            {
                var item = e[at];
                if (item.Kind != ItemKind.Node) continue;
                if (mayBeType && item.Type?.IsA(name) == true) e.Push(item);
                else Named(e, item, name, utf8);
            }

            return e.Since(mark);
        };
    }

    public static Range Children(Evaluator e, Range input)
    {
        var mark = e.Top;
        for (var at = input.Start; at < input.End; at++) All(e, e[at]);
        return e.Since(mark);
    }

    public static Range Descendants(Evaluator e, Range input)
    {
        var mark = e.Top;
        for (var at = input.Start; at < input.End; at++) All(e, e[at]);
        // Every item that was pushed is opened in its turn.
        for (var at = mark; at < e.Top; at++) All(e, e[at]);
        return e.Since(mark);
    }

    private static void Named(Evaluator e, Item item, string name, byte[] utf8)
    {
        var tree = e.Tree;
        if (item.Shadow >= 0) FromObject(e, item.Shadow, null, utf8);
        if (item.Node < 0 || tree[item.Node].Kind != NodeKind.Object) return;
        FromObject(e, item.Node, tree[item.Node].Type?.Element(name), utf8);
    }

    private static void FromObject(Evaluator e, int node, ElementShape? element, byte[] utf8)
    {
        var tree = e.Tree;
        var (value, shadow) = (-1, -1);
        for (var member = node + 1; member < tree[node].End; member = tree[member].End)
        {
            ref var candidate = ref tree[member];
            if (element is null ? !tree.Name(member).SequenceEqual(utf8) : candidate.Element != element) continue;
            if (candidate.IsShadow) shadow = member;
            else value = member;
        }

        Push(e, value, shadow);
    }

    private static void All(Evaluator e, Item item)
    {
        if (item.Kind != ItemKind.Node) return;
        if (item.Shadow >= 0) Members(e, item.Shadow);
        if (item.Node >= 0 && e.Tree[item.Node].Kind == NodeKind.Object) Members(e, item.Node);
    }

    private static void Members(Evaluator e, int node)
    {
        var tree = e.Tree;
        for (var member = node + 1; member < tree[node].End; member = tree[member].End)
        {
            ref var candidate = ref tree[member];
            if (candidate.Element is null && tree.Name(member).SequenceEqual("resourceType"u8)) continue;
            if (!candidate.IsShadow) Push(e, member, ShadowOf(tree, node, member));
            else if (ValueOf(tree, node, member) < 0) Push(e, -1, member);
        }
    }

    private static int ShadowOf(ResourceTree tree, int owner, int member)
    {
        if (tree[member].Type is { Kind: not TypeKind.Primitive }) return -1;
        for (var other = owner + 1; other < tree[owner].End; other = tree[other].End)
            if (tree[other].IsShadow && tree[other].Element == tree[member].Element) return other;
        return -1;
    }

    private static int ValueOf(ResourceTree tree, int owner, int shadow)
    {
        for (var other = owner + 1; other < tree[owner].End; other = tree[other].End)
            if (!tree[other].IsShadow && tree[other].Element == tree[shadow].Element) return other;
        return -1;
    }

    private static void Push(Evaluator e, int value, int shadow)
    {
        var tree = e.Tree;
        if (value < 0 && shadow < 0) return;
        var array = value >= 0 ? value : shadow;
        if (tree[array].Kind != NodeKind.Array)
        {
            e.Push(Item.Of(value, shadow, TypeOf(tree, value, shadow)));
            return;
        }

        var (item, beside) = (value < 0 ? -1 : value + 1, shadow < 0 || tree[shadow].Kind != NodeKind.Array ? -1 : shadow + 1);
        while ((item >= 0 && item < tree[value].End) || (beside >= 0 && beside < tree[shadow].End))
        {
            var node = item >= 0 && item < tree[value].End && tree[item].Kind != NodeKind.Null ? item : -1;
            var extra = beside >= 0 && beside < tree[shadow].End && tree[beside].Kind == NodeKind.Object ? beside : -1;
            if (node >= 0 || extra >= 0) e.Push(Item.Of(node, extra, TypeOf(tree, node, extra)));
            if (item >= 0) item = item < tree[value].End ? tree[item].End : item;
            if (beside >= 0) beside = beside < tree[shadow].End ? tree[beside].End : beside;
        }
    }

    private static TypeShape? TypeOf(ResourceTree tree, int value, int shadow)
    {
        if (value >= 0) return tree[value].Type;
        // Only extensions: the type is that of the element, where it has but one.
        return tree[shadow].Element is { Types.Length: 1 } element ? element.TypeAt(0) : null;
    }
}
