using System.Text.RegularExpressions;

namespace Health.Identity.Scopes;

/// <summary>
/// A SMART App Launch 2.2 resource scope (https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html):
/// <c>(patient|user|system)/(Type|*).cruds[?key=value&amp;…]</c>. The letters keep the order c r u d s; the query narrows the scope and may
/// only use <c>category</c>, <c>code</c>, <c>_tag</c> and <c>_security</c>. The older form (<c>.read</c>, <c>.write</c>, <c>.*</c>) is read
/// as <c>.rs</c>, <c>.cud</c>, <c>.cruds</c>.
/// </summary>
public sealed partial record SmartScope(string Context, string ResourceType, string Letters, string Query)
{
    public const int MaxLength = 512;

    // NonBacktracking: the text comes from outside, matching is linear in its length.
    [GeneratedRegex(@"^(patient|user|system)/(\*|[A-Z][A-Za-z]{1,63})\.(?:(c?r?u?d?s?)|(read|write|\*))(?:\?((?:category|code|_tag|_security)=[^&=\s""\\]{1,200}(?:&(?:category|code|_tag|_security)=[^&=\s""\\]{1,200}){0,7}))?$",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();

    public static bool TryParse(string text, out SmartScope scope)
    {
        scope = null!;
        if (text.Length > MaxLength) return false;
        var match = Grammar().Match(text);
        if (!match.Success) return false;
        var letters = match.Groups[4].Value switch { "read" => "rs", "write" => "cud", "*" => "cruds", _ => match.Groups[3].Value };
        if (letters.Length == 0) return false;
        scope = new SmartScope(match.Groups[1].Value, match.Groups[2].Value, letters, match.Groups[5].Value);
        return true;
    }

    /// <summary>What both scopes allow; null when that is nothing.</summary>
    public SmartScope? Intersect(SmartScope other)
    {
        if (Context != other.Context) return null;
        var type = ResourceType == "*" ? other.ResourceType : ResourceType;
        if (other.ResourceType != "*" && other.ResourceType != type) return null;
        var letters = string.Concat(Letters.Where(letter => other.Letters.Contains(letter)));
        if (letters.Length == 0) return null;
        return Narrow(Query, other.Query) is { } query ? new SmartScope(Context, type, letters, query) : null;
    }

    public override string ToString() => $"{Context}/{ResourceType}.{Letters}{(Query.Length == 0 ? "" : "?" + Query)}";

    // Both conditions must hold. The same key twice with different values would mean "and" on one element, which the grammar cannot say.
    private static string? Narrow(string one, string other)
    {
        if (one.Length == 0 || one == other) return other;
        if (other.Length == 0) return one;
        var parts = one.Split('&').Union(other.Split('&')).ToList();
        return parts.DistinctBy(part => part[..part.IndexOf('=')]).Count() == parts.Count ? string.Join('&', parts) : null;
    }
}
