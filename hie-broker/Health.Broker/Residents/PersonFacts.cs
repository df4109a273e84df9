using Health.Broker.Residents.Matching;
using Health.Contracts;

namespace Health.Broker.Residents;

/// <summary>What one source says about a person, as far as the index of persons compares it. Null is "not said".</summary>
internal sealed record PersonFacts(string? Name, string? Gender, DateOnly? BirthDate, IReadOnlyList<StrongKey> Keys)
{
    // Bounds for what a source may send: comparing names costs the product of their lengths, looking up costs a blind per identifier.
    private const int LongestText = 200, MostKeys = 32;

    public string? Phone { get; init; }

    public static PersonFacts Of(PatientIdentity identity) => new(
        Said(identity.Name), Said(identity.Gender), identity.BirthDate,
        [.. identity.Identifiers.Select(StrongKey.Of).OfType<StrongKey>().Distinct().OrderBy(key => key.Kind).ThenBy(key => key.Value, StringComparer.Ordinal).Take(MostKeys)])
    {
        Phone = Said(identity.Phone),
    };

    /// <summary>The newer statement over the older: what it does not say stays.</summary>
    public PersonFacts With(PersonFacts newer) => new(
        newer.Name ?? Name, newer.Gender ?? Gender, newer.BirthDate ?? BirthDate, [.. Keys.Union(newer.Keys)])
    {
        Phone = newer.Phone ?? Phone,
    };

    public bool Says(PersonFacts other) =>
        (other.Name is null || other.Name == Name) && (other.Gender is null || other.Gender == Gender)
        && (other.BirthDate is null || other.BirthDate == BirthDate) && (other.Phone is null || other.Phone == Phone)
        && other.Keys.All(Keys.Contains);

    /// <summary>One text per element said, for the blinds by which a repeat is known.</summary>
    public IEnumerable<string> Elements()
    {
        if (Name is not null) yield return $"name|{Name}";
        if (Gender is not null) yield return $"gender|{Gender}";
        if (BirthDate is { } birth) yield return $"birth|{birth:yyyy-MM-dd}";
        if (Phone is not null) yield return $"phone|{Phone}";
        foreach (var key in Keys) yield return $"{key.KindCode}|{key.Value}";
    }

    private static string? Said(string? text)
    {
        var trimmed = text?.Trim();
        return string.IsNullOrEmpty(trimmed) ? null : trimmed.Length <= LongestText ? trimmed : trimmed[..LongestText];
    }
}
