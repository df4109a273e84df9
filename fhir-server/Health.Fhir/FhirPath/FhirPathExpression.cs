namespace Health.Fhir.FhirPath;

/// <summary>
/// An expression compiled once and evaluated on the elements of resource trees. Thread-safe. http://hl7.org/fhirpath/N1, http://hl7.org/fhir/R4/fhirpath.html
/// </summary>
public sealed class FhirPathExpression
{
    private const int MaxLength = 8_000;
    private readonly Op op;

    private FhirPathExpression(string text, Op op) => (Text, this.op) = (text, op);

    public string Text { get; }

    /// <exception cref="FhirPathException">The text is no expression; the message says where.</exception>
    public static FhirPathExpression Parse(string text) => text.Length > MaxLength
        ? throw new FhirPathException($"An expression has at most {MaxLength} characters.")
        : new FhirPathExpression(text, new Parser(text).Whole());

    /// <summary>A session over one tree, for many evaluations.</summary>
    internal static Evaluator Session(ResourceTree tree, FhirPathContext context) => new() { Tree = tree, Context = context };

    /// <summary>The result as a boolean; null when it is empty.</summary>
    /// <exception cref="FhirPathException">The expression does not fit this input, or needs too much work.</exception>
    internal bool? Test(Evaluator session, int node, int resource)
    {
        session.Reset();
        return session.Truth(Run(session, node, resource));
    }

    /// <summary>The elements it selects: nodes of the tree; values of its own are left out.</summary>
    public IReadOnlyList<int> Select(ResourceTree tree, int node)
    {
        var session = Session(tree, FhirPathContext.None);
        var result = Run(session, node, 0);
        List<int> nodes = [];
        foreach (var item in session.Span(result))
            if (item.Kind == ItemKind.Node) nodes.Add(item.Node >= 0 ? item.Node : item.Shadow);
        return nodes;
    }

    /// <summary>The result as texts, for whoever shows or compares them.</summary>
    public IReadOnlyList<string> Print(ResourceTree tree, int node)
    {
        var session = Session(tree, FhirPathContext.None);
        List<string> texts = [];
        foreach (var item in session.Span(Run(session, node, 0)).ToArray())
            texts.Add(item.IsPrimitive(tree) ? item.HasValue(tree) ? item.AsText(tree) : "" : item.Value(tree) is { Kind: ItemKind.Quantity } quantity ? quantity.AsText(tree) : item.Type?.Name ?? "?");
        return texts;
    }

    private Range Run(Evaluator session, int node, int resource)
    {
        (session.Resource, session.Root) = (resource, ReferenceRoot(session.Tree, resource));
        session.Focus = Item.Of(node, -1, session.Tree[node].Type);
        var start = session.One(session.Focus);
        session.This = start;
        return op(session, start);
    }

    private static int ReferenceRoot(ResourceTree tree, int resource) => Validation.ReferenceCheck.Container(tree, resource);
}
