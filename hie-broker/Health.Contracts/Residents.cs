using System.Data.Common;

namespace Health.Contracts;

/// <summary>An identifier as sent: system URI and value.</summary>
public sealed record PersonIdentifier(string System, string Value);

/// <summary>
/// What one source says about a person. <paramref name="PatientId"/> is the logical id of the source's own Patient,
/// derived from (assigning authority, local id).
/// </summary>
public sealed record PatientIdentity(
    string PatientId,
    string InstitutionCode,
    IReadOnlyList<PersonIdentifier> Identifiers,
    string? Name,
    string? Gender,
    DateOnly? BirthDate)
{
    public string? Phone { get; init; }
}

/// <summary>How a Patient came to its Resident.</summary>
public enum LinkBasis
{
    /// <summary>The Patient was linked before and nothing changed.</summary>
    Known,
    /// <summary>No strong key met: a new Resident.</summary>
    New,
    /// <summary>A strong identifier (valid resident ID number, health card) met and the rest agrees.</summary>
    StrongIdentifier,
    /// <summary>A strong identifier met but name or birth disagree: own Resident, conflict queued for a person to decide.</summary>
    Conflict,
}

public sealed record Identification(string ResidentId, LinkBasis Basis);

/// <summary>The index of persons (Broker): a Resident is a set of links between Patients of different sources.</summary>
public interface IResidentIndex
{
    /// <summary>Which resident this is; links on the way. Idempotent; safe under parallel calls for the same person.</summary>
    ValueTask<Identification> Identify(PatientIdentity identity, EventHeader header, CancellationToken ct);

    ValueTask<string?> ResidentOf(string patientId, CancellationToken ct);

    /// <summary>Logical ids of all Patients linked to the resident, oldest link first.</summary>
    ValueTask<IReadOnlyList<string>> PatientsOf(string residentId, CancellationToken ct);

    /// <summary>By a strong identifier.</summary>
    ValueTask<string?> Find(PersonIdentifier identifier, CancellationToken ct);

    /// <summary>The keyed blind by which the index knows an identifier; null when it is none that identifies. What a module keeps of people who are not yet known carries it, so that erasure finds it.</summary>
    Guid? BlindOf(PersonIdentifier identifier);
}

/// <summary>Merges that a source states in its own patient register (Broker): a link between two of its Patients, never a rewrite.</summary>
public interface ISourceMerges
{
    /// <summary>The prior Patient belongs to the resident of the survivor, who must be known. Idempotent.</summary>
    ValueTask<Refusal?> Merge(PatientIdentity prior, string survivingPatientId, EventHeader header, CancellationToken ct);
}

/// <summary>A health institution of the register.</summary>
/// <param name="Code">Registered code, unique in the region.</param>
/// <param name="DivisionCode">GB/T 2260 county-level code, e.g. 510703.</param>
/// <param name="ClassCode">WS 218 class, e.g. A100 general hospital, C210 township health centre.</param>
public sealed record Institution(string Code, string Name, string EnglishName, string DivisionCode, string ClassCode);

/// <summary>The register of institutions (Broker).</summary>
public interface IDirectory
{
    ValueTask<Institution?> FindInstitution(string code, CancellationToken ct);

    ValueTask<IReadOnlyList<Institution>> Institutions(CancellationToken ct);

    /// <summary>Adds or changes an entry; nothing happens when it is already so.</summary>
    ValueTask Register(Institution institution, EventHeader header, CancellationToken ct);
}

/// <summary>Erasure of a resident (Broker): the key is destroyed, so nothing sealed under it opens again; events and proofs stay.</summary>
public interface IResidentErasure
{
    /// <param name="ground"><c>retention-ended</c>, <c>court-order</c> or <c>test-data</c>.</param>
    ValueTask<Refusal?> Erase(string residentId, string ground, EventHeader header, CancellationToken ct);
}

/// <summary>
/// A module that keeps something of a resident in clear, such as an index of names: what destroying the key cannot reach. Found by the
/// eraser (Broker) among the registered services.
/// </summary>
public interface IErasureParticipant
{
    /// <summary>Removes what is kept, within the eraser's transaction; it must not come back by a rebuild.</summary>
    /// <param name="identifiers">Blinds of the identifiers the resident was known by (<see cref="IResidentIndex.BlindOf"/>).</param>
    ValueTask Erase(DbConnection connection, DbTransaction transaction, string residentId, IReadOnlyList<Guid> identifiers, CancellationToken ct);
}
