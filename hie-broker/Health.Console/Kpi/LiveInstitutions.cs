using Health.Contracts;

namespace Health.Console.Kpi;

/// <summary>One institution of the register, judged.</summary>
/// <param name="IsLive">The strict measure.</param>
/// <param name="HasBegun">The weak measure: at least one visit registered and one settled by card.</param>
public sealed record InstitutionByCard(Institution Institution, VisitsOfInstitution Visits, bool IsLive, bool HasBegun);

/// <summary>
/// Which institutions work by card. Strict (the city's 90 % task): in the last thirty days at least 10 % of the visits registered by card,
/// and at least 20 card registrations and 20 card settlements (3 in a village clinic, class D600). Denominator: the register.
/// </summary>
public static class LiveInstitutions
{
    public const int MinShareInPercent = 10, MinVisits = 20, MinVisitsOfVillageClinic = 3, TargetInPercent = 90;
    public const string VillageClinic = "D600";

    public static IReadOnlyList<InstitutionByCard> Judge(IReadOnlyList<Institution> register, IReadOnlyList<VisitsOfInstitution> visits)
    {
        var byCode = visits.ToDictionary(entry => entry.Institution);
        return [.. register.Select(institution => Judge(institution, byCode.GetValueOrDefault(institution.Code) ?? new VisitsOfInstitution(institution.Code, 0, 0, 0)))];
    }

    private static InstitutionByCard Judge(Institution institution, VisitsOfInstitution seen)
    {
        var least = institution.ClassCode == VillageClinic ? MinVisitsOfVillageClinic : MinVisits;
        var live = seen.CardRegistrations >= least && seen.CardSettlements >= least && seen.CardRegistrations * 100 >= seen.Visits * MinShareInPercent;
        return new InstitutionByCard(institution, seen, live, seen is { CardRegistrations: > 0, CardSettlements: > 0 });
    }
}
