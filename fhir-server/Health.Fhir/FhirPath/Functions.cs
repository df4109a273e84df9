namespace Health.Fhir.FhirPath;

/// <summary>The functions by name and number of arguments. http://hl7.org/fhirpath/N1/#functions, http://hl7.org/fhir/R4/fhirpath.html#functions</summary>
internal static class Functions
{
    /// <summary>null when there is no such function.</summary>
    public static Op? Make(string name, List<Op> arguments) => arguments.Count switch
    {
        0 => None(name) ?? TextFunctions.None(name) ?? Conversions.None(name),
        1 => One(name, arguments[0]) ?? TextFunctions.One(name, arguments[0]) ?? FhirFunctions.One(name, arguments[0]),
        2 => Two(name, arguments[0], arguments[1]) ?? TextFunctions.Two(name, arguments[0], arguments[1]),
        3 when name == "iif" => Iif(arguments[0], arguments[1], arguments[2]),
        _ => null,
    };

    private static Op? None(string name) => name switch
    {
        "exists" => (e, input) => e.One(Item.Of(!input.IsEmpty)),
        "empty" => (e, input) => e.One(Item.Of(input.IsEmpty)),
        "not" => (e, input) => e.Bool(!e.Truth(input)),
        "count" => (e, input) => e.One(Item.Of((long)input.Count)),
        "first" => (e, input) => input with { Count = Math.Min(1, input.Count) },
        "last" => (e, input) => input.IsEmpty ? input : new Range(input.End - 1, 1),
        "tail" => (e, input) => input.IsEmpty ? input : new Range(input.Start + 1, input.Count - 1),
        "single" => (e, input) => input.Count > 1 ? throw new FhirPathException($"single() finds {input.Count} items.") : input,
        "distinct" => Sets.Distinct,
        "isDistinct" => (e, input) => e.One(Item.Of(Sets.Distinct(e, input).Count == input.Count)),
        "children" => Navigation.Children,
        "descendants" => Navigation.Descendants,
        "allTrue" => All(true, true),
        "anyTrue" => All(true, false),
        "allFalse" => All(false, true),
        "anyFalse" => All(false, false),
        "hasValue" => (e, input) => e.One(Item.Of(input.Count == 1 && e[input.Start].IsPrimitive(e.Tree) && e[input.Start].HasValue(e.Tree))),
        "getValue" => (e, input) => input.Count == 1 && e[input.Start].HasValue(e.Tree) ? e.One(e[input.Start].Value(e.Tree)) : Range.Empty,
        "resolve" => FhirFunctions.Resolve,
        "htmlChecks" => FhirFunctions.HtmlChecks,
        "now" => (e, _) => e.One(Item.Date(e.Context.Now.ToString("yyyy-MM-ddTHH:mm:ss.fffzzz"))),
        "today" => (e, _) => e.One(Item.Date(e.Context.Now.ToString("yyyy-MM-dd"))),
        "abs" => MathOps.Of(name, Math.Abs, false),
        "ceiling" => MathOps.Of(name, Math.Ceiling, true),
        "floor" => MathOps.Of(name, Math.Floor, true),
        "truncate" => MathOps.Of(name, Math.Truncate, true),
        "round" => MathOps.Of(name, Math.Round, false),
        _ => null,
    };

    private static Op? One(string name, Op argument) => name switch
    {
        "exists" => (e, input) => e.One(Item.Of(Any(e, input, argument))),
        "all" => (e, input) => e.One(Item.Of(Every(e, input, argument))),
        "where" => Where(argument),
        "select" => Select(argument),
        "repeat" => Repeat(argument),
        "skip" => Cut(argument, (input, count) => count >= input.Count ? Range.Empty : new Range(input.Start + count, input.Count - count)),
        "take" => Cut(argument, (input, count) => input with { Count = Math.Min(count, input.Count) }),
        "union" => Pair(argument, Sets.Union),
        "combine" => Pair(argument, Sets.Combine),
        "intersect" => Pair(argument, (e, a, b) => Sets.Distinct(e, Sets.Where(e, a, b, true))),
        "exclude" => Pair(argument, (e, a, b) => Sets.Where(e, a, b, false)),
        "subsetOf" => Pair(argument, (e, a, b) => e.One(Item.Of(Sets.IsSubset(e, a, b)))),
        "supersetOf" => Pair(argument, (e, a, b) => e.One(Item.Of(Sets.IsSubset(e, b, a)))),
        "trace" => (_, input) => input,
        _ => null,
    };

    private static Op? Two(string name, Op first, Op second) => name switch
    {
        "iif" => Iif(first, second, (_, _) => Range.Empty),
        "trace" => (_, input) => input,
        "combine" => Pair(first, Sets.Combine),
        _ => null,
    };

    private static Op Iif(Op condition, Op yes, Op no) => (e, input) =>
    {
        var mark = e.Top;
        var isTrue = e.Truth(condition(e, input)) == true;
        e.Release(mark);
        return e.Keep(mark, (isTrue ? yes : no)(e, input));
    };

    private static Op All(bool wanted, bool every) => (e, input) =>
    {
        for (var at = input.Start; at < input.End; at++)
            if ((e.Truth(new Range(at, 1)) == wanted) != every) return e.One(Item.Of(!every));
        return e.One(Item.Of(every));
    };

    private static bool Any(Evaluator e, Range input, Op criterion)
    {
        for (var at = input.Start; at < input.End; at++)
            if (e.Test(criterion, at, at - input.Start) == true) return true;
        return false;
    }

    private static bool Every(Evaluator e, Range input, Op criterion)
    {
        for (var at = input.Start; at < input.End; at++)
            if (e.Test(criterion, at, at - input.Start) != true) return false;
        return true;
    }

    private static Op Where(Op criterion) => (e, input) =>
    {
        var mark = e.Top;
        for (var at = input.Start; at < input.End; at++)
            if (e.Test(criterion, at, at - input.Start) == true) e.Push(e[at]);
        return e.Since(mark);
    };

    private static Op Select(Op projection) => (e, input) =>
    {
        var mark = e.Top;
        for (var at = input.Start; at < input.End; at++)
        {
            var end = e.Top;
            var part = e.Apply(projection, at, at - input.Start);
            if (part.Start >= end) e.Keep(end, part);
            else for (var i = part.Start; i < part.End; i++) e.Push(e[i]);
        }

        return e.Since(mark);
    };

    private static Op Repeat(Op projection) => (e, input) =>
    {
        List<Item> found = [];
        Queue<Item> open = [];
        foreach (var item in e.Span(input)) open.Enqueue(item);
        var mark = e.Top;
        while (open.TryDequeue(out var item))
        {
            e.Release(mark);
            var at = e.One(item).Start;
            foreach (var next in e.Span(e.Apply(projection, at, 0)))
            {
                e.Step();
                if (found.Contains(next)) continue;
                found.Add(next);
                open.Enqueue(next);
            }
        }

        e.Release(mark);
        foreach (var item in found) e.Push(item);
        return e.Since(mark);
    };

    private delegate Range Join(Evaluator e, Range left, Range right);

    private static Op Pair(Op argument, Join join) => (e, input) =>
    {
        var mark = e.Top;
        return e.Keep(mark, join(e, input, Ops.Outer(e, argument)));
    };

    private static Op Cut(Op argument, Func<Range, int, Range> cut) => (e, input) =>
    {
        var mark = e.Top;
        var count = e.Single(Ops.Outer(e, argument), "skip() or take()") is { Kind: ItemKind.Integer } number ? (int)Math.Clamp(number.Number, 0, int.MaxValue) : 0;
        e.Release(mark);
        return cut(input, count);
    };
}
