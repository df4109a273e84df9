using System.Globalization;
using Health.Fhir.Validation;

namespace Health.Fhir.FhirPath;

internal enum ItemKind : byte { Node, Boolean, Integer, Decimal, Text, Date, Time, Quantity }

/// <summary>
/// One member of a FHIRPath collection: a node of the resource (with the <c>_name</c> beside a primitive), or a value of its own. A primitive
/// that has only extensions has <see cref="Node"/> -1.
/// </summary>
internal readonly record struct Item(ItemKind Kind, int Node, int Shadow, TypeShape? Type, decimal Number, string? Text)
{
    public static Item Of(int node, int shadow, TypeShape? type) => new(ItemKind.Node, node, shadow, type, 0, null);

    public static Item Of(bool value) => new(ItemKind.Boolean, -1, -1, null, value ? 1 : 0, null);

    public static Item Of(long value) => new(ItemKind.Integer, -1, -1, null, value, null);

    public static Item Of(decimal value) => new(ItemKind.Decimal, -1, -1, null, value, null);

    public static Item Of(string value) => new(ItemKind.Text, -1, -1, null, 0, value);

    public static Item Date(string value) => new(ItemKind.Date, -1, -1, null, 0, value);

    public static Item Time(string value) => new(ItemKind.Time, -1, -1, null, 0, value);

    public static Item Quantity(decimal value, string unit) => new(ItemKind.Quantity, -1, -1, null, value, unit);

    public bool IsPrimitive(ResourceTree tree) => Kind != ItemKind.Node || Type?.Kind == TypeKind.Primitive || (Type is null && Node >= 0 && tree[Node].Kind is not (NodeKind.Object or NodeKind.Array));

    public bool HasValue(ResourceTree tree) => Kind != ItemKind.Node || (Node >= 0 && tree[Node].Kind is NodeKind.String or NodeKind.Number or NodeKind.True or NodeKind.False);

    /// <summary>A primitive node as a value of its own; anything else as it is.</summary>
    public Item Value(ResourceTree tree)
    {
        if (Kind != ItemKind.Node || Node < 0) return this;
        switch (tree[Node].Kind)
        {
            case NodeKind.True or NodeKind.False:
                return Of(tree[Node].Kind == NodeKind.True);
            case NodeKind.Number:
                if (!decimal.TryParse(tree.Text(Node), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return this;
                return Type?.Primitive == PrimitiveKind.Decimal || (Type is null && number != decimal.Truncate(number)) ? Of(number) : new Item(ItemKind.Integer, -1, -1, null, number, null);
            case NodeKind.String:
                return Type?.Primitive switch
                {
                    PrimitiveKind.Date or PrimitiveKind.DateTime or PrimitiveKind.Instant => Date(tree.Text(Node)),
                    PrimitiveKind.Time => Time(tree.Text(Node)),
                    _ => Of(tree.Text(Node)),
                };
            default:
                return QuantityOf(tree) ?? this;
        }
    }

    /// <summary>A FHIR Quantity as one of FHIRPath: UCUM, or without a system.</summary>
    private Item? QuantityOf(ResourceTree tree)
    {
        if (Type is null || !Type.IsA("Quantity")) return null;
        var (value, code, unit) = (tree.Member(Node, "value"u8), tree.Member(Node, "code"u8), tree.Member(Node, "unit"u8));
        if (value < 0 || !decimal.TryParse(tree.Text(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return null;
        return Quantity(number, code >= 0 ? tree.Text(code) : unit >= 0 ? tree.Text(unit) : "1");
    }

    public string AsText(ResourceTree tree) => Value(tree) switch
    {
        { Kind: ItemKind.Boolean } one => one.Number == 1 ? "true" : "false",
        { Kind: ItemKind.Integer or ItemKind.Decimal } one => one.Number.ToString(CultureInfo.InvariantCulture),
        { Kind: ItemKind.Quantity } one => $"{one.Number.ToString(CultureInfo.InvariantCulture)} '{one.Text}'",
        { Kind: ItemKind.Node } => throw new FhirPathException("An element with parts has no text of its own."),
        var one => one.Text!,
    };
}

/// <summary>Consecutive items of the evaluator's stack.</summary>
internal readonly record struct Range(int Start, int Count)
{
    public static readonly Range Empty = new(0, 0);
    public int End => Start + Count;
    public bool IsEmpty => Count == 0;
}
