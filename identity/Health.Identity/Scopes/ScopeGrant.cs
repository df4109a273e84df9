namespace Health.Identity.Scopes;

/// <summary>What a client gets of what it asks for: the intersection with its registration, or the scope that breaks the grammar.</summary>
public sealed record ScopeGrant(IReadOnlyList<string> Granted, string? Malformed)
{
    public const int MaxScopes = 200;

    /// <param name="requested">As sent; empty means all that is registered.</param>
    /// <param name="registered">The client's allow list: SMART scopes and plain names (<c>openid</c>).</param>
    public static ScopeGrant Of(IReadOnlyCollection<string> requested, IReadOnlyCollection<string> registered)
    {
        if (requested.Count > MaxScopes) return new ScopeGrant([], $"more than {MaxScopes} scopes");
        var allowed = registered.Where(scope => scope.Contains('/')).Select(Parse).ToList();
        var granted = new List<string>();
        foreach (var text in requested.Count == 0 ? registered : requested)
        {
            if (!text.Contains('/'))
            {
                if (registered.Contains(text)) granted.Add(text);
                continue;
            }
            if (!SmartScope.TryParse(text, out var scope)) return new ScopeGrant([], text);
            granted.AddRange(allowed.Select(scope.Intersect).OfType<SmartScope>().Select(part => part.ToString()));
        }
        return new ScopeGrant([.. granted.Distinct()], null);
    }

    private static SmartScope Parse(string text) =>
        SmartScope.TryParse(text, out var scope) ? scope : throw new FormatException($"The registered scope '{text}' is not a SMART v2 scope such as system/Patient.rs.");
}
