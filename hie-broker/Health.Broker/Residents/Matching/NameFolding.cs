using System.Text;

namespace Health.Broker.Residents.Matching;

/// <summary>
/// Names as they are compared: full-width forms narrowed, case, spaces and the middle dots of minority and foreign names gone
/// (WS 365 writes U+00B7; sources also send U+30FB, U+2022, U+2027, U+FF65).
/// </summary>
internal static class NameFolding
{
    public static string Fold(string name)
    {
        var folded = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            var narrow = c is >= '\uFF01' and <= '\uFF5E' ? (char)(c - 0xFEE0) : c;
            if (char.IsWhiteSpace(narrow) || narrow is '·' or '・' or '•' or '‧' or '･' or '\u0000') continue;
            folded.Append(char.ToLowerInvariant(narrow));
        }

        return folded.ToString();
    }
}
