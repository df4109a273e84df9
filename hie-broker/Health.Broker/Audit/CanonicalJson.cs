using System.Globalization;
using System.Text;

namespace Health.Broker.Audit;

/// <summary>
/// JSON Canonicalization Scheme (RFC 8785) of one flat object of strings and safe integers: members sorted by UTF-16 code units, no white
/// space, shortest escapes. A null value leaves its member out. A lone surrogate becomes U+FFFD, since it has no UTF-8.
/// </summary>
internal static class CanonicalJson
{
    private const long LargestSafeInteger = (1L << 53) - 1;

    public static byte[] Write(params ReadOnlySpan<(string Name, object? Value)> members)
    {
        var sorted = members.ToArray();
        Array.Sort(sorted, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        var text = new StringBuilder("{");
        foreach (var (name, value) in sorted)
        {
            if (value is null) continue;
            if (text.Length > 1) text.Append(',');
            Append(text, name);
            text.Append(':');
            switch (value)
            {
                case string s:
                    Append(text, s);
                    break;
                case int or long when Math.Abs(Convert.ToInt64(value)) <= LargestSafeInteger:
                    text.Append(Convert.ToInt64(value).ToString(CultureInfo.InvariantCulture));
                    break;
                default:
                    throw new ArgumentException($"Member {name} is neither a string nor an integer below 2^53.", nameof(members));
            }
        }

        return Encoding.UTF8.GetBytes(text.Append('}').ToString());
    }

    private static void Append(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
