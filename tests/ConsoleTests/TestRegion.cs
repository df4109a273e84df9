using System.Collections.Concurrent;
using Health.Contracts;

namespace Health.ConsoleTests;

/// <summary>What Broker would know, in memory: a register of institutions, one resident, and a log that remembers what it was told.</summary>
public sealed class TestRegion : IDirectory, IResidentIndex, IAccessLog, IAuditTrail
{
    public static readonly Institution Hospital = new("MY510703H001", "绵阳市演示中心医院", "Mianyang Demo Central Hospital", "510703", "A100");
    public static readonly Institution Centre = new("MY510704W001", "游仙区演示镇卫生院", "Youxian Demo Township Health Centre", "510704", "C220");
    public static readonly PersonIdentifier Known = new(IdentifierSystems.ResidentId, "510799199001010018");
    public const string Resident = "resident-1";

    public ConcurrentQueue<AuditFact> Recorded { get; } = new();

    public ValueTask<Institution?> FindInstitution(string code, CancellationToken ct) =>
        ValueTask.FromResult(new[] { Hospital, Centre }.FirstOrDefault(institution => institution.Code == code));

    public ValueTask<IReadOnlyList<Institution>> Institutions(CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<Institution>>([Hospital, Centre]);

    public ValueTask Register(Institution institution, EventHeader header, CancellationToken ct) => throw new NotSupportedException();

    public ValueTask<Identification> Identify(PatientIdentity identity, EventHeader header, CancellationToken ct) => throw new NotSupportedException();

    public ValueTask<string?> ResidentOf(string patientId, CancellationToken ct) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<string>> PatientsOf(string residentId, CancellationToken ct) => throw new NotSupportedException();

    public ValueTask<string?> Find(PersonIdentifier identifier, CancellationToken ct) => ValueTask.FromResult(identifier == Known ? Resident : null);

    public Guid? BlindOf(PersonIdentifier identifier) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<AccessEntry>> OfResident(string residentId, int limit, CancellationToken ct) =>
        ValueTask.FromResult<IReadOnlyList<AccessEntry>>(
            [.. Recorded.Where(fact => fact.ResidentId == residentId).Reverse().Take(limit).Select((fact, i) => new AccessEntry(i, fact))]);

    public SqlStatement Prepare(IReadOnlyList<AuditFact> facts) => throw new NotSupportedException();

    public ValueTask Record(AuditFact fact, CancellationToken ct)
    {
        Recorded.Enqueue(fact);
        return ValueTask.CompletedTask;
    }
}
