using System.Text.RegularExpressions;
using Health.Fhir.Terminology;

namespace Health.Fhir.FhirPath;

/// <summary>Functions on texts. http://hl7.org/fhirpath/N1/#string-manipulation</summary>
internal static class TextFunctions
{
    public static Op? None(string name) => name switch
    {
        "length" => On(name, (e, text) => e.One(Item.Of((long)text.Length))),
        "upper" => On(name, (e, text) => e.One(Item.Of(text.ToUpperInvariant()))),
        "lower" => On(name, (e, text) => e.One(Item.Of(text.ToLowerInvariant()))),
        "trim" => On(name, (e, text) => e.One(Item.Of(text.Trim()))),
        "join" => (e, input) => Joined(e, input, ""),
        "toChars" => On(name, (e, text) =>
        {
            var mark = e.Top;
            foreach (var letter in text) e.Push(Item.Of(letter.ToString()));
            return e.Since(mark);
        }),
        _ => null,
    };

    public static Op? One(string name, Op argument) => name switch
    {
        "startsWith" => With(name, argument, (e, text, part) => e.One(Item.Of(text.StartsWith(part, StringComparison.Ordinal)))),
        "endsWith" => With(name, argument, (e, text, part) => e.One(Item.Of(text.EndsWith(part, StringComparison.Ordinal)))),
        "contains" => With(name, argument, (e, text, part) => e.One(Item.Of(text.Contains(part, StringComparison.Ordinal)))),
        "indexOf" => With(name, argument, (e, text, part) => e.One(Item.Of((long)text.IndexOf(part, StringComparison.Ordinal)))),
        "matches" => With(name, argument, (e, text, pattern) => e.One(Item.Of(Pattern(pattern).IsMatch(text)))),
        "matchesFull" => With(name, argument, (e, text, pattern) => e.One(Item.Of(Pattern($"^(?:{pattern})$").IsMatch(text)))),
        "split" => With(name, argument, (e, text, separator) =>
        {
            var mark = e.Top;
            foreach (var part in text.Split(separator)) e.Push(Item.Of(part));
            return e.Since(mark);
        }),
        "join" => (e, input) => Joined(e, input, e.Text(Ops.Outer(e, argument), name) ?? ""),
        "substring" => (e, input) => Part(e, input, argument, null),
        _ => null,
    };

    public static Op? Two(string name, Op first, Op second) => name switch
    {
        "substring" => (e, input) => Part(e, input, first, second),
        "replace" => Replace(first, second, (text, what, with) => what.Length == 0 ? text : text.Replace(what, with, StringComparison.Ordinal)),
        "replaceMatches" => Replace(first, second, (text, pattern, with) => Pattern(pattern).Replace(text, with)),
        _ => null,
    };

    private static Op On(string name, Func<Evaluator, string, Range> compute) => (e, input) => e.Text(input, name + "()") is { } text ? compute(e, text) : Range.Empty;

    private static Op With(string name, Op argument, Func<Evaluator, string, string, Range> compute) => (e, input) =>
    {
        var mark = e.Top;
        var (text, part) = (e.Text(input, name + "()"), e.Text(Ops.Outer(e, argument), name + "()"));
        e.Release(mark);
        return text is null || part is null ? Range.Empty : compute(e, text, part);
    };

    private static Op Replace(Op first, Op second, Func<string, string, string, string> compute) => (e, input) =>
    {
        var mark = e.Top;
        var (text, what, with) = (e.Text(input, "replace()"), e.Text(Ops.Outer(e, first), "replace()"), e.Text(Ops.Outer(e, second), "replace()"));
        e.Release(mark);
        return text is null || what is null || with is null ? Range.Empty : e.One(Item.Of(compute(text, what, with)));
    };

    private static Range Part(Evaluator e, Range input, Op start, Op? length)
    {
        var mark = e.Top;
        var text = e.Text(input, "substring()");
        var from = e.Single(Ops.Outer(e, start), "substring()");
        var count = length is null ? null : e.Single(Ops.Outer(e, length), "substring()");
        e.Release(mark);
        if (text is null || from is not { } place || place.Number < 0 || place.Number >= text.Length) return Range.Empty;
        var rest = text[(int)place.Number..];
        return e.One(Item.Of(count is { } wanted && wanted.Number < rest.Length ? rest[..(int)Math.Max(0, wanted.Number)] : rest));
    }

    private static Range Joined(Evaluator e, Range input, string separator) => e.One(Item.Of(string.Join(separator, e.Span(input).ToArray().Select(item => item.AsText(e.Tree)))));

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, Regex> Patterns = new();
    private const int MaxPatterns = 1_000;

    private static Regex Pattern(string pattern)
    {
        if (Patterns.TryGetValue(pattern, out var known)) return known;
        if (!Regexes.TryMake(pattern, out var regex)) throw new FhirPathException($"'{pattern}' is no regular expression.");
        if (Patterns.Count < MaxPatterns) Patterns[pattern] = regex;
        return regex;
    }
}
