using System.Collections.Immutable;
using Health.Broker.Residents.Matching;

namespace Health.Broker.Residents;

/// <summary>One Patient of a resident: all names it ever had count when names are compared.</summary>
internal sealed record LinkedPatient(string Institution, PersonFacts Facts, ImmutableHashSet<string> Names);

/// <summary>A resident: a set of links between Patients of different sources.</summary>
internal sealed record ResidentState(string ResidentId, long Version, ImmutableDictionary<string, LinkedPatient> Patients)
{
    private static readonly PersonFacts Unreadable = new(null, null, null, []);

    public ImmutableHashSet<(string PatientId, string? Other, string Reason)> Conflicts { get; init; } = [];

    public bool IsErased { get; init; }

    public IReadOnlyCollection<string> Names => Patients.Values.SelectMany(patient => patient.Names).ToHashSet(StringComparer.Ordinal);

    public IReadOnlyCollection<DateOnly> BirthDates => Patients.Values.Select(patient => patient.Facts.BirthDate).OfType<DateOnly>().ToHashSet();

    public IReadOnlyCollection<StrongKey> Keys => Patients.Values.SelectMany(patient => patient.Facts.Keys).ToHashSet();

    public static ResidentState Unknown(string residentId) =>
        new(residentId, 0, ImmutableDictionary.Create<string, LinkedPatient>(StringComparer.Ordinal));

    public ResidentState Evolve(object happened) => Applied(happened) with { Version = Version + 1 };

    private ResidentState Applied(object happened) => happened switch
    {
        PatientLinked e => this with { Patients = Patients.SetItem(e.PatientId, Said(new LinkedPatient(e.Institution, Unreadable, []), e.Person)) },
        PatientFactsChanged e when Patients.TryGetValue(e.PatientId, out var patient) =>
            this with { Patients = Patients.SetItem(e.PatientId, Said(patient, e.Person)) },
        PatientUnlinked e => this with { Patients = Patients.Remove(e.PatientId) },
        IdentityConflictRaised e => this with { Conflicts = Conflicts.Add((e.PatientId, e.OtherResidentId, e.Reason)) },
        ResidentKeyDestroyed => this with { IsErased = true },
        _ => this,
    };

    private static LinkedPatient Said(LinkedPatient patient, PersonFacts? facts) => facts is null
        ? patient
        : patient with { Facts = facts, Names = facts.Name is null ? patient.Names : patient.Names.Add(facts.Name) };
}
