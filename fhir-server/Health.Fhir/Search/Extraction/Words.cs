using System.Net;
using System.Text;
using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>
/// What full text is broken into for _text and _content: words of letters and digits, folded, and of Chinese (which has no blanks) every two neighbouring
/// characters, so that any part of a sentence is found. A single character is kept too. Only keyed hashes of these are stored.
/// </summary>
public static class Words
{
    /// <summary>Every word and pair of a text.</summary>
    public static void OfText(string text, HashSet<string> words) => Each(text, words, isQuery: false);

    /// <summary>What must all be in a text for it to hold the words of a query.</summary>
    public static IReadOnlyCollection<string> OfQuery(string text)
    {
        HashSet<string> words = [];
        Each(text, words, isQuery: true);
        return words;
    }

    /// <summary>The words of a narrative: its tags are left out.</summary>
    public static void OfNarrative(JsonElement resource, HashSet<string> words)
    {
        if (resource.TryGetProperty("text", out var text) && ElementValues.Text(text, "div") is { } div) OfText(Plain(div), words);
    }

    /// <summary>The words of every string in a resource; of addresses, ids, encoded data and what the server adds (meta) nothing.</summary>
    public static void OfContent(JsonElement element, HashSet<string> words)
    {
        if (words.Count >= Limits.WordsPerResource) return;
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray()) OfContent(item, words);
        }
        else if (element.ValueKind == JsonValueKind.String) OfText(element.GetString()!, words);
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
            {
                if (property.NameEquals("div") && property.Value.ValueKind == JsonValueKind.String) OfText(Plain(property.Value.GetString()!), words);
                else if (property.Name is not ("meta" or "data" or "url" or "system" or "reference" or "id" or "resourceType" or "fullUrl")) OfContent(property.Value, words);
            }
        }
    }

    private static void Each(string text, HashSet<string> words, bool isQuery)
    {
        var folded = StringFolding.Fold(text);
        var at = 0;
        while (at < folded.Length && words.Count < Limits.WordsPerResource)
        {
            var start = at;
            if (IsIdeograph(folded, at, out var size))
            {
                while (at < folded.Length && IsIdeograph(folded, at, out size)) at += size;
                Pairs(folded.AsSpan(start, at - start), words, isQuery);
            }
            else if (char.IsLetterOrDigit(folded[at]))
            {
                while (at < folded.Length && char.IsLetterOrDigit(folded[at]) && !IsIdeograph(folded, at, out _)) at++;
                words.Add(folded[start..at]);
            }
            else at++;
        }
    }

    private static void Pairs(ReadOnlySpan<char> run, HashSet<string> words, bool isQuery)
    {
        Rune? before = null;
        foreach (var rune in run.EnumerateRunes())
        {
            if (before is { } first) words.Add($"{first}{rune}");
            if (!isQuery) words.Add(rune.ToString());
            before = rune;
        }
        if (isQuery && before is { } only && only.Utf16SequenceLength == run.Length) words.Add(only.ToString());
    }

    private static bool IsIdeograph(string text, int at, out int size)
    {
        size = 1;
        if (text[at] is >= '\u3400' and <= '\u9fff' or >= '\uf900' and <= '\ufaff' or >= '\u3040' and <= '\u30ff') return true;
        if (!char.IsHighSurrogate(text[at]) || at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1])) return false;
        size = 2;
        return char.ConvertToUtf32(text, at) is >= 0x20000 and < 0x34000;
    }

    private static string Plain(string html)
    {
        var plain = new StringBuilder(html.Length);
        var inTag = false;
        foreach (var c in html)
        {
            if (c == '<') inTag = true;
            else if (c == '>' && inTag)
            {
                inTag = false;
                plain.Append(' ');
            }
            else if (!inTag) plain.Append(c);
        }
        return WebUtility.HtmlDecode(plain.ToString());
    }
}
