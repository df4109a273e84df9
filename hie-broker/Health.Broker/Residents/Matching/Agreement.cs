using Health.Contracts;

namespace Health.Broker.Residents.Matching;

/// <summary>
/// Whether a person who presents a strong identifier is the resident who has it (domain rules 5.3). An equal number alone is never
/// enough: cards are borrowed, and a wrong merge is the dangerous error.
/// </summary>
internal static class Agreement
{
    /// <summary>Stands in every link event: a later model can be compared with the decisions of this one.</summary>
    public const string ModelVersion = "deterministic-1";

    public const string IdNumberDiffers = "id-number-differs", NameDiffers = "name-differs", NothingToCompare = "nothing-to-compare";

    private const double SimilarName = 0.8;

    /// <returns>Null when they agree, else the reason code why not.</returns>
    public static string? Objection(StrongKey key, PersonFacts person, ResidentState resident)
    {
        if (HasOtherIdNumber(person, resident)) return IdNumberDiffers;
        var name = person.Name is null || resident.Names.Count == 0 ? (double?)null : resident.Names.Max(known => Similarity(known, person.Name));
        if (key.Kind == KeyKind.IdNumber)
        {
            if (name >= SimilarName || IsConsistentWith(key, person)) return null;
            return name is null ? NothingToCompare : NameDiffers;
        }

        if (name is null) return NothingToCompare;
        var births = resident.BirthDates;
        var birthAgrees = person.BirthDate is { } birth && births.Contains(birth);
        var birthDiffers = person.BirthDate is not null && births.Count > 0 && !birthAgrees;
        // Brothers and sisters have similar names and use each other's cards.
        return (name == 1 && !birthDiffers) || (name >= SimilarName && birthAgrees) ? null : NameDiffers;
    }

    public static bool HasOtherIdNumber(PersonFacts person, ResidentState resident)
    {
        var presented = person.Keys.Where(key => key.Kind == KeyKind.IdNumber).ToList();
        var known = resident.Keys.Where(key => key.Kind == KeyKind.IdNumber).ToList();
        return presented.Count > 0 && known.Count > 0 && !presented.Any(known.Contains);
    }

    private static double Similarity(string a, string b) => JaroWinkler.Similarity(NameFolding.Fold(a), NameFolding.Fold(b));

    private static bool IsConsistentWith(StrongKey idNumber, PersonFacts person) =>
        ResidentIdNumber.TryParse(idNumber.Value, out var number) && person.BirthDate == number.BirthDate && person.Gender == number.Gender;
}
