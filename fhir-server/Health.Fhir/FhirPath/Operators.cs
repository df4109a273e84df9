namespace Health.Fhir.FhirPath;

/// <summary>The binary operators. http://hl7.org/fhirpath/N1/#operations</summary>
internal static class Operators
{
    public static Op Binary(string sign, Op left, Op right) => sign switch
    {
        "and" => Logic(left, right, (a, b) => a == false || b() == false ? false : a == true && b() == true ? true : null),
        "or" => Logic(left, right, (a, b) => a == true || b() == true ? true : a == false && b() == false ? false : null),
        "xor" => Logic(left, right, (a, b) => a is { } x && b() is { } y ? x != y : null),
        "implies" => Logic(left, right, (a, b) => a == false || b() == true ? true : a == true ? b() : null),
        "=" => Both(left, right, (e, a, b) => e.Bool(Equality.Equal(e, a, b))),
        "!=" => Both(left, right, (e, a, b) => e.Bool(!Equality.Equal(e, a, b))),
        "~" => Both(left, right, (e, a, b) => e.Bool(Equality.Equivalent(e, a, b))),
        "!~" => Both(left, right, (e, a, b) => e.Bool(!Equality.Equivalent(e, a, b))),
        "<" => Order(left, right, order => order < 0),
        ">" => Order(left, right, order => order > 0),
        "<=" => Order(left, right, order => order <= 0),
        ">=" => Order(left, right, order => order >= 0),
        "in" => Both(left, right, (e, a, b) => Member(e, a, b)),
        "contains" => Both(left, right, (e, a, b) => Member(e, b, a)),
        "|" => Both(left, right, Sets.Union),
        "&" => Both(left, right, (e, a, b) => e.One(Item.Of((e.Text(a, "&") ?? "") + (e.Text(b, "&") ?? "")))),
        _ => Both(left, right, (e, a, b) => MathOps.Calculate(e, sign, a, b)),
    };

    private delegate Range Pair(Evaluator e, Range left, Range right);

    private static Op Both(Op left, Op right, Pair pair) => (e, input) =>
    {
        var mark = e.Top;
        var a = left(e, input);
        var b = right(e, input);
        return e.Keep(mark, pair(e, a, b));
    };

    // The right side is evaluated only where it decides; its errors do not matter where it does not.
    private static Op Logic(Op left, Op right, Func<bool?, Func<bool?>, bool?> decide) => (e, input) =>
    {
        var mark = e.Top;
        var a = e.Truth(left(e, input));
        e.Release(mark);
        var (known, b) = (false, (bool?)null);
        var result = decide(a, () =>
        {
            if (known) return b;
            known = true;
            b = e.Truth(right(e, input));
            e.Release(mark);
            return b;
        });
        return e.Bool(result);
    };

    private static Op Order(Op left, Op right, Func<int, bool> test) => Both(left, right, (e, a, b) =>
    {
        if (a.IsEmpty || b.IsEmpty) return Range.Empty;
        if (a.Count > 1 || b.Count > 1) throw new FhirPathException("A comparison is of one value with one value.");
        return e.Bool(Equality.Compare(e, e[a.Start], e[b.Start]) is { } order ? test(order) : null);
    });

    private static Range Member(Evaluator e, Range item, Range collection)
    {
        if (item.IsEmpty) return Range.Empty;
        if (item.Count > 1) throw new FhirPathException("'in' asks for one value in a collection.");
        return e.Bool(Sets.Has(e, collection, e[item.Start]));
    }
}

/// <summary>Collections as sets.</summary>
internal static class Sets
{
    public static bool Has(Evaluator e, Range collection, Item item)
    {
        for (var at = collection.Start; at < collection.End; at++)
        {
            e.Step();
            if (Equality.Equal(e, e[at], item) == true) return true;
        }

        return false;
    }

    public static Range Distinct(Evaluator e, Range input)
    {
        var mark = e.Top;
        // Texts, the usual many, by their hash; the rest one by one.
        HashSet<string>? texts = null;
        for (var at = input.Start; at < input.End; at++)
        {
            var value = e[at].Value(e.Tree);
            if (value.Kind == ItemKind.Text)
            {
                if ((texts ??= []).Add(value.Text!)) e.Push(e[at]);
            }
            else if (!Has(e, e.Since(mark), value)) e.Push(e[at]);
        }

        return e.Since(mark);
    }

    public static Range Union(Evaluator e, Range left, Range right)
    {
        var both = Combine(e, left, right);
        return Distinct(e, both);
    }

    public static Range Combine(Evaluator e, Range left, Range right)
    {
        var mark = e.Top;
        for (var at = left.Start; at < left.End; at++) e.Push(e[at]);
        for (var at = right.Start; at < right.End; at++) e.Push(e[at]);
        return e.Since(mark);
    }

    public static Range Where(Evaluator e, Range input, Range other, bool isIn)
    {
        var mark = e.Top;
        for (var at = input.Start; at < input.End; at++)
            if (Has(e, other, e[at]) == isIn) e.Push(e[at]);
        return e.Since(mark);
    }

    public static bool IsSubset(Evaluator e, Range inner, Range outer)
    {
        for (var at = inner.Start; at < inner.End; at++)
            if (!Has(e, outer, e[at])) return false;
        return true;
    }
}
