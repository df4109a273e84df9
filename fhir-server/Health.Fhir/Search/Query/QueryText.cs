using System.Text;

namespace Health.Fhir.Search;

/// <summary>The letters of a query: percent encoding, and the escapes <c>\,</c> <c>\|</c> <c>\$</c> <c>\\</c> of http://hl7.org/fhir/R4/search.html#escaping.</summary>
public static class QueryText
{
    /// <summary>Name and value of every parameter, decoded, in order.</summary>
    public static IEnumerable<(string Name, string Value)> Pairs(string query)
    {
        foreach (var part in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)) yield return Pair(part);
    }

    /// <summary>Name and value of one parameter, decoded.</summary>
    public static (string Name, string Value) Pair(string part)
    {
        var equals = part.IndexOf('=');
        return equals < 0 ? (Decode(part), "") : (Decode(part[..equals]), Decode(part[(equals + 1)..]));
    }

    /// <summary>Splits at a separator that is not escaped; the escapes stay.</summary>
    public static List<string> Split(string text, char separator)
    {
        List<string> parts = [];
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == separator)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }
        parts.Add(text[start..]);
        return parts;
    }

    public static string Unescape(string text)
    {
        if (!text.Contains('\\')) return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length) i++;
            plain.Append(text[i]);
        }
        return plain.ToString();
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
