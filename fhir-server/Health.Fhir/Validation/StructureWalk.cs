using System.Text;
using Health.Fhir.FhirPath;
using Health.Fhir.Wire;

namespace Health.Fhir.Validation;

/// <summary>A rule waiting for the whole tree to be typed.</summary>
internal readonly record struct PendingRules(int Node, int Resource, Invariant[] Rules);

/// <summary>
/// Walks a resource against the tables of its types: names, cardinality, JSON forms, primitives, required codes, reference targets. It notes on
/// every node what it is, and collects the FHIRPath rules that apply. http://hl7.org/fhir/R4/json.html, conformance-rules.html
/// </summary>
internal sealed class StructureWalk(ResourceTree tree, ValidationIssues issues, List<PendingRules> rules)
{
    private static readonly TypeShape ElementType = TypeShape.Of("Element")!;
    private int resource;

    /// <summary>Whether a rule may reach into contained resources.</summary>
    public bool HasContained { get; private set; }

    public void Resource(int node)
    {
        if (tree[node].Kind != NodeKind.Object)
        {
            Error(node, "structure", "A resource is a JSON object.");
            return;
        }

        var member = tree.Member(node, "resourceType"u8);
        if (member < 0 || tree[member].Kind != NodeKind.String)
        {
            Error(node, "required", "A resource says its resourceType.");
            return;
        }

        var name = tree.Text(member);
        if (TypeShape.Of(name) is not { Kind: TypeKind.Resource } type || name is "DomainResource")
        {
            Error(node, "structure", $"'{name}' is no resource type of FHIR R4.");
            return;
        }

        var outer = resource;
        resource = node;
        Object(node, type);
        resource = outer;
    }

    private void Object(int node, TypeShape type)
    {
        tree[node].Type = type;
        if (type.Invariants.Length > 0) rules.Add(new PendingRules(node, resource, type.Invariants));
        var (seen, content) = (0UL, 0);
        for (var member = node + 1; member < tree[node].End && !issues.IsFull; member = tree[member].End)
        {
            var name = tree.Name(member);
            if (type.Member(name) is not { } shape)
            {
                if (type.Kind == TypeKind.Resource && name.SequenceEqual("resourceType"u8)) content++;
                else Unknown(node, member, type);
                continue;
            }

            var element = shape.Element;
            if (element.IsChoice && (seen & element.Bit) != 0) OneChoice(node, member, shape);
            seen |= element.Bit;
            if (element.Name != "id") content++;
            if (shape.IsShadow) Shadow(node, member, shape);
            else Member(member, shape);
        }

        if (content == 0) Error(node, "invariant", "ele-1: an element has a value or children; an empty object says nothing.");
        var missing = type.Required & ~seen;
        if (missing != 0) Missing(node, type, missing);
        if (type.IsExtension) OneOfExtensionAndValue(node);
    }

    private void Member(int member, MemberShape shape)
    {
        var element = shape.Element;
        tree[member].Element = element;
        if (tree[member].Kind != NodeKind.Array)
        {
            if (element.IsArray) Error(member, "structure", $"'{element.Name}' repeats: it is written as a JSON array [ … ].");
            else Value(member, shape, false);
            return;
        }

        if (!element.IsArray)
        {
            Error(member, "structure", $"'{element.Name}' does not repeat: it is written without a JSON array.");
            return;
        }

        var count = 0;
        for (var item = member + 1; item < tree[member].End && !issues.IsFull; item = tree[item].End, count++)
        {
            tree[item].Element = element;
            Value(item, shape, true);
        }

        if (count == 0) Error(member, "structure", "A JSON array is not empty: leave the element out.");
        if (element.Max > 0 && count > element.Max) Error(member, "structure", $"'{element.Name}' occurs {count} times; at most {element.Max} are allowed.");
    }

    private void Value(int node, MemberShape shape, bool isItem)
    {
        var (type, element) = (shape.Type, shape.Element);
        if (element.Invariants.Length > 0) rules.Add(new PendingRules(node, resource, element.Invariants));
        if (type.Kind == TypeKind.Primitive)
        {
            Primitive(node, shape, type, isItem);
            return;
        }

        if (tree[node].Kind != NodeKind.Object)
        {
            Error(node, "structure", $"A {type.Name} is written as a JSON object.");
            return;
        }

        if (type.Kind == TypeKind.AnyResource)
        {
            HasContained |= element.Name == "contained";
            Resource(node);
            return;
        }

        Object(node, type);
        if (element.RequiredValueSet is not null) BindingCheck.Concept(tree, issues, node, element);
        if (type.Name == "Reference") ReferenceCheck.Target(tree, issues, node, element, resource);
    }

    private void Primitive(int node, MemberShape shape, TypeShape type, bool isItem)
    {
        tree[node].Type = type;
        var kind = tree[node].Kind;
        if (kind == NodeKind.Null)
        {
            if (!isItem || !HasShadow(node)) Error(node, "structure", "null stands only in an array, where the element has an extension instead of a value; otherwise leave the element out.");
            return;
        }

        var primitive = type.Primitive;
        if (!PrimitiveFormat.IsOfKind(primitive, kind))
        {
            Error(node, "value", $"A {type.Name} is {PrimitiveFormat.Describe(primitive)}; this is a JSON {kind.ToString().ToLowerInvariant()}.");
            return;
        }

        if (!PrimitiveFormat.IsValid(primitive, tree, node))
        {
            Error(node, "value", $"'{Shown(node)}' is no {type.Name}: {PrimitiveFormat.Describe(primitive)}.");
            return;
        }

        if (primitive == PrimitiveKind.Xhtml && NarrativeGuard.Fault(tree.Text(node)) is { } fault) Error(node, "structure", $"The narrative {fault}.");
        if (shape.Element.RequiredValueSet is null) return;
        BindingCheck.Code(tree, issues, node, shape.Element);
    }

    /// <summary>An object (or array of objects and nulls) of id and extensions beside a primitive.</summary>
    private void Shadow(int owner, int member, MemberShape shape)
    {
        ref var node = ref tree[member];
        node.Element = shape.Element;
        node.IsShadow = true;
        if (!shape.Element.IsArray)
        {
            if (node.Kind == NodeKind.Object) Object(member, ElementType);
            else Error(member, "structure", "Beside a primitive stands an object with its id and extensions.");
            return;
        }

        if (node.Kind != NodeKind.Array)
        {
            Error(member, "structure", $"'{shape.Element.Name}' repeats: its extensions are written as a JSON array [ … ].");
            return;
        }

        var (values, count) = (tree.Member(owner, shape.Name.AsSpan(1)), 0);
        for (var item = member + 1; item < tree[member].End && !issues.IsFull; item = tree[item].End, count++)
        {
            (tree[item].Element, tree[item].IsShadow) = (shape.Element, true);
            if (tree[item].Kind == NodeKind.Object) Object(item, ElementType);
            else if (tree[item].Kind != NodeKind.Null) Error(item, "structure", "Beside a primitive stands an object with its id and extensions, or null.");
        }

        if (values >= 0 && tree[values].Kind == NodeKind.Array && Length(values) != count)
            Error(member, "structure", $"'_{shape.Element.Name}' has {count} items and '{shape.Element.Name}' {Length(values)}: they belong together one by one, null where there is none.");
    }

    private int Length(int array)
    {
        var count = 0;
        for (var item = array + 1; item < tree[array].End; item = tree[item].End) count++;
        return count;
    }

    private bool HasShadow(int item)
    {
        var array = tree[item].Parent;
        var place = 0;
        for (var at = array + 1; at < item; at = tree[at].End) place++;
        Span<byte> name = stackalloc byte[tree.Name(array).Length + 1];
        name[0] = (byte)'_';
        tree.Name(array).CopyTo(name[1..]);
        var shadow = tree.Member(tree[array].Parent, name);
        if (shadow < 0 || tree[shadow].Kind != NodeKind.Array) return false;
        for (var at = shadow + 1; at < tree[shadow].End; at = tree[at].End)
            if (place-- == 0) return tree[at].Kind == NodeKind.Object;
        return false;
    }

    private void OneChoice(int node, int member, MemberShape shape)
    {
        for (var other = node + 1; other < member; other = tree[other].End)
        {
            if (tree[other].Element != shape.Element) continue;
            var (mine, theirs) = (Encoding.UTF8.GetString(shape.Name).TrimStart('_'), Encoding.UTF8.GetString(tree.Name(other)).TrimStart('_'));
            if (mine == theirs) continue;
            Error(member, "structure", $"Only one of the types of '{shape.Element.Name}[x]' may stand here; there are {theirs} and {mine}.");
            return;
        }
    }

    private void OneOfExtensionAndValue(int node)
    {
        var (extension, value) = (false, false);
        for (var member = node + 1; member < tree[node].End; member = tree[member].End)
        {
            extension |= tree[member].Element?.Name == "extension";
            value |= tree[member].Element?.Name == "value";
        }

        if (extension == value) Error(node, "invariant", "ext-1: an extension has either extensions or a value[x], not both and not neither.");
    }

    private void Unknown(int node, int member, TypeShape type)
    {
        var name = Encoding.UTF8.GetString(tree.Name(member));
        var near = NearestName.Of(name, type.MemberNames);
        issues.Add(Severity.Error, "structure", $"{type.Name} has no element '{name}'.{(near is null ? "" : $" Is '{near}' meant?")}", tree.PathOf(node));
    }

    private void Missing(int node, TypeShape type, ulong missing)
    {
        foreach (var element in type.Elements.Where(element => (missing & element.Bit) != 0))
            issues.Add(Severity.Error, "required", $"'{element.Name}{(element.IsChoice ? "[x]" : "")}' is missing: {type.Name} needs {(element.Min == 1 ? "it" : $"{element.Min} of them")}.", $"{tree.PathOf(node)}.{element.Name}");
    }

    private string Shown(int node) => tree.Text(node) is { Length: > 60 } text ? text[..60] + "…" : tree.Text(node);

    private void Error(int node, string code, string text) => issues.Add(Severity.Error, code, text, tree.PathOf(node));
}
