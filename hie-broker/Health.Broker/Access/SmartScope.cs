using System.Diagnostics.CodeAnalysis;
using Health.Contracts;

namespace Health.Broker.Access;

internal enum ScopeContext { System, User, Patient }

/// <summary>
/// One SMART v2 scope, <c>(system|user|patient)/(Type|*).c?r?u?d?s?</c> with the letters in this order
/// (https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html), or its v1 form <c>.read</c>, <c>.write</c>, <c>.*</c>.
/// A scope with a query part is narrower than we can enforce and therefore grants nothing.
/// </summary>
internal sealed record SmartScope(ScopeContext Context, string ResourceType, string Letters)
{
    private const string Order = "cruds";

    public static bool TryParse(string text, [NotNullWhen(true)] out SmartScope? scope)
    {
        scope = null;
        var slash = text.IndexOf('/');
        var dot = text.LastIndexOf('.');
        if (slash < 0 || dot < slash + 2) return false;
        ScopeContext? context = text[..slash] switch
        {
            "system" => ScopeContext.System,
            "user" => ScopeContext.User,
            "patient" => ScopeContext.Patient,
            _ => null,
        };
        var type = text[(slash + 1)..dot];
        if (context is null || Permissions(text[(dot + 1)..]) is not { } letters || !(type == "*" || IsTypeName(type))) return false;
        scope = new SmartScope(context.Value, type, letters);
        return true;
    }

    public bool Grants(AccessKind kind, string resourceType) =>
        (ResourceType == "*" || ResourceType == resourceType) && Letters.Contains(LetterOf(kind), StringComparison.Ordinal);

    private static char LetterOf(AccessKind kind) => kind switch
    {
        AccessKind.Create => 'c',
        AccessKind.Read => 'r',
        AccessKind.Update => 'u',
        AccessKind.Delete => 'd',
        _ => 's',
    };

    private static string? Permissions(string permissions)
    {
        var v1 = permissions switch { "read" => "rs", "write" => "cud", "*" => Order, _ => null };
        if (v1 is not null) return v1;
        var next = 0;
        foreach (var letter in permissions)
        {
            var at = Order.IndexOf(letter, StringComparison.Ordinal);
            if (at < next) return null;
            next = at + 1;
        }

        return permissions.Length == 0 ? null : permissions;
    }

    private static bool IsTypeName(string type) => type.Length is > 1 and <= 64 && char.IsAsciiLetterUpper(type[0]) && type.All(char.IsAsciiLetter);
}
