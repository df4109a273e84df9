namespace Health.Fhir.Terminology;

public sealed record Designation(string? Language, string? UseSystem, string? UseCode, string Value);

/// <summary>A property of a concept. <paramref name="Kind"/> is the choice of its value: Code, Coding, String, Integer, Boolean, DateTime, Decimal.</summary>
public sealed record ConceptProperty(string Code, string Kind, string Value, string? System = null);

/// <summary>A concept of a code system with its place in the hierarchy. http://hl7.org/fhir/R4/codesystem.html</summary>
public sealed class Concept
{
    public required string Code { get; init; }
    public string? Display { get; init; }
    public string? Definition { get; init; }
    public IReadOnlyList<Designation> Designations { get; init; } = [];
    public IReadOnlyList<ConceptProperty> Properties { get; init; } = [];
    public List<Concept> Parents { get; } = [];
    public List<Concept> Children { get; } = [];

    /// <summary>A grouping that is not chosen itself.</summary>
    public bool IsAbstract => Properties.Any(p => p is { Code: "notSelectable" or "abstract", Value: "true" });

    public bool IsInactive => Properties.Any(p => p is { Code: "inactive", Value: "true" } or { Code: "status", Value: "retired" or "deprecated" or "withdrawn" or "inactive" });

    /// <summary>First day of validity (property effectiveDate); null when always was.</summary>
    public DateOnly? From => Day("effectiveDate");

    /// <summary>First day on which it is not valid any more (property deprecationDate, or deprecated); null when still is.</summary>
    public DateOnly? Until => Day("deprecationDate") ?? Day("deprecated");

    public bool IsValidOn(DateOnly day) => (From is not { } from || from <= day) && (Until is not { } until || day < until);

    public string? DisplayIn(string? language)
    {
        if (language is null) return Display;
        foreach (var wanted in language.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var tag = wanted.Split(';')[0];
            if (Designations.FirstOrDefault(d => d.Language is { } own && (own.Equals(tag, StringComparison.OrdinalIgnoreCase) || own.StartsWith(tag + "-", StringComparison.OrdinalIgnoreCase) || tag.StartsWith(own + "-", StringComparison.OrdinalIgnoreCase))) is { } named) return named.Value;
        }

        return Display;
    }

    private DateOnly? Day(string property) =>
        Properties.FirstOrDefault(p => p.Code == property) is { } found && found.Value.Length >= 10 && DateOnly.TryParseExact(found.Value.AsSpan(0, 10), "yyyy-MM-dd", out var day) ? day : null;
}
