using Health.Fhir.Search;

namespace Health.Fhir.FhirPath;

/// <summary>Equality, equivalence and order of items. http://hl7.org/fhirpath/N1/#equality, #comparison</summary>
internal static class Equality
{
    /// <summary>A date without zone is one of the region (+08:00).</summary>
    private static readonly TimeSpan Local = TimeSpan.FromHours(8);

    /// <summary>null when it cannot be said (dates of different precision).</summary>
    public static bool? Equal(Evaluator e, Item left, Item right)
    {
        var tree = e.Tree;
        // The usual case: a text of the resource and a literal.
        if (IsPlainText(tree, left) && right.Kind == ItemKind.Text) return tree.TextEquals(left.Node, right.Text!);
        if (IsPlainText(tree, right) && left.Kind == ItemKind.Text) return tree.TextEquals(right.Node, left.Text!);
        var (a, b) = (left.Value(tree), right.Value(tree));
        if (a.Kind == ItemKind.Node || b.Kind == ItemKind.Node) return a.Kind == b.Kind && Same(tree, a.Node, b.Node);
        if (IsNumber(a) && IsNumber(b)) return a.Number == b.Number;
        if (a.Kind == ItemKind.Quantity && b.Kind == ItemKind.Quantity) return Align(a, b) is var (x, y) ? x == y : null;
        if (a.Kind == ItemKind.Date || b.Kind == ItemKind.Date)
        {
            if (!DateRange.TryParse(a.Text, Local, out var first) || !DateRange.TryParse(b.Text, Local, out var second)) return a.Text == b.Text;
            if (first == second) return true;
            return first.High <= second.Low || second.High <= first.Low ? false : null;
        }

        if (a.Kind != b.Kind) return a.Kind is ItemKind.Text or ItemKind.Time && b.Kind is ItemKind.Text or ItemKind.Time && a.Text == b.Text;
        return a.Kind is ItemKind.Boolean ? a.Number == b.Number : a.Text == b.Text;
    }

    public static bool? Equal(Evaluator e, Range left, Range right)
    {
        if (left.IsEmpty || right.IsEmpty) return null;
        if (left.Count != right.Count) return false;
        bool? all = true;
        for (var i = 0; i < left.Count; i++)
        {
            switch (Equal(e, e[left.Start + i], e[right.Start + i]))
            {
                case false: return false;
                case null: all = null; break;
            }
        }

        return all;
    }

    public static bool Equivalent(Evaluator e, Range left, Range right)
    {
        if (left.Count != right.Count) return false;
        for (var i = left.Start; i < left.End; i++)
        {
            var found = false;
            for (var j = right.Start; j < right.End && !found; j++) found = Equivalent(e, e[i], e[j]);
            if (!found) return false;
        }

        return true;
    }

    private static bool Equivalent(Evaluator e, Item left, Item right)
    {
        var (a, b) = (left.Value(e.Tree), right.Value(e.Tree));
        if (a.Kind == ItemKind.Text && b.Kind == ItemKind.Text)
            return string.Join(' ', a.Text!.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Equals(string.Join(' ', b.Text!.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.OrdinalIgnoreCase);
        return Equal(e, a, b) == true;
    }

    /// <summary>Below 0, 0, above 0; null when it cannot be said.</summary>
    public static int? Compare(Evaluator e, Item left, Item right)
    {
        var (a, b) = (left.Value(e.Tree), right.Value(e.Tree));
        if (IsNumber(a) && IsNumber(b)) return a.Number.CompareTo(b.Number);
        if (a.Kind == ItemKind.Quantity && b.Kind == ItemKind.Quantity) return Align(a, b) is var (x, y) ? x.CompareTo(y) : null;
        if (a.Kind == ItemKind.Date || b.Kind == ItemKind.Date)
        {
            if (!DateRange.TryParse(a.Text, Local, out var first) || !DateRange.TryParse(b.Text, Local, out var second)) return null;
            if (first == second) return 0;
            return first.High <= second.Low ? -1 : second.High <= first.Low ? 1 : null;
        }

        if (a.Text is not null && b.Text is not null && a.Kind != ItemKind.Quantity && b.Kind != ItemKind.Quantity) return string.CompareOrdinal(a.Text, b.Text);
        throw new FhirPathException("Only numbers, texts, times and quantities have an order.");
    }

    private static bool IsNumber(Item item) => item.Kind is ItemKind.Integer or ItemKind.Decimal;

    private static bool IsPlainText(ResourceTree tree, Item item) =>
        item.Kind == ItemKind.Node && item.Node >= 0 && tree[item.Node].Kind == NodeKind.String
        && item.Type?.Primitive is not (Validation.PrimitiveKind.Date or Validation.PrimitiveKind.DateTime or Validation.PrimitiveKind.Instant or Validation.PrimitiveKind.Time);

    private static (double, double)? Align(Item a, Item b)
    {
        if (a.Text == b.Text) return ((double)a.Number, (double)b.Number);
        if (CanonicalUnits.Of(CanonicalUnits.Ucum, a.Text!) is not { } first || CanonicalUnits.Of(CanonicalUnits.Ucum, b.Text!) is not { } second || first.Unit != second.Unit) return null;
        return ((double)a.Number * first.Factor, (double)b.Number * second.Factor);
    }

    /// <summary>Deep equality of two JSON values; members in any order.</summary>
    public static bool Same(ResourceTree tree, int left, int right)
    {
        if (left == right) return true;
        if (left < 0 || right < 0 || tree[left].Kind != tree[right].Kind) return false;
        switch (tree[left].Kind)
        {
            case NodeKind.Object:
                var count = 0;
                for (var member = left + 1; member < tree[left].End; member = tree[member].End, count++)
                    if (tree.Member(right, tree.Name(member)) is var other && (other < 0 || !Same(tree, member, other))) return false;
                for (var member = right + 1; member < tree[right].End; member = tree[member].End) count--;
                return count == 0;
            case NodeKind.Array:
                var (a, b) = (left + 1, right + 1);
                for (; a < tree[left].End && b < tree[right].End; a = tree[a].End, b = tree[b].End)
                    if (!Same(tree, a, b)) return false;
                return a == tree[left].End && b == tree[right].End;
            case NodeKind.String:
                return tree[left].IsEscaped || tree[right].IsEscaped ? tree.Text(left) == tree.Text(right) : tree.Raw(left).SequenceEqual(tree.Raw(right));
            case NodeKind.Number:
                return decimal.TryParse(tree.Text(left), System.Globalization.NumberStyles.Float, null, out var x) && decimal.TryParse(tree.Text(right), System.Globalization.NumberStyles.Float, null, out var y) ? x == y : tree.Text(left) == tree.Text(right);
            default:
                return true;
        }
    }
}
