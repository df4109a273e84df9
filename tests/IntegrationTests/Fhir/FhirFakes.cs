using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Health.Contracts;
using Npgsql;

namespace Health.IntegrationTests.Fhir;

/// <summary>Keys in memory with real AES-GCM, so that what is stored is ciphertext.</summary>
public sealed class MemoryKeyring : IKeyring
{
    private readonly ConcurrentDictionary<string, DataKey> keys = new();

    public MemoryKeyring() => Node = keys.GetOrAdd("node", id => new AesKey(id));

    public DataKey Node { get; }

    public ValueTask<DataKey> ForResident(string residentId, CancellationToken ct) => new(keys.GetOrAdd("key-" + residentId, id => new AesKey(id)));

    public ValueTask<DataKey?> Find(string keyId, CancellationToken ct) => new(keys.GetValueOrDefault(keyId));

    public bool TryGetCached(string keyId, out DataKey? key) => keys.TryGetValue(keyId, out key);

    public void Destroy(string residentId) => keys.TryRemove("key-" + residentId, out _);

    public WrappedKey NewWrapped(DataKey wrapping) => throw new NotSupportedException();

    public DataKey Unwrap(WrappedKey wrapped, DataKey wrapping) => throw new NotSupportedException();

    public WrappedKey Rewrap(WrappedKey wrapped, DataKey from, DataKey to) => throw new NotSupportedException();

    public Guid Blind(string domain, ReadOnlySpan<char> value) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"{domain}\n{value}")).AsSpan(0, 16));

    public string DeriveId(string kind, string system, string value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{system}\n{value}")))[..26];

    private sealed class AesKey(string id) : DataKey
    {
        private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

        public override string Id => id;

        public override byte[] Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData)
        {
            var all = new byte[28 + plaintext.Length];
            RandomNumberGenerator.Fill(all.AsSpan(0, 12));
            using var aes = new AesGcm(key, 16);
            aes.Encrypt(all.AsSpan(0, 12), plaintext, all.AsSpan(28), all.AsSpan(12, 16), additionalData);
            return all;
        }

        public override int PlaintextLength(int sealedLength) => sealedLength - 28;

        public override void Open(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> additionalData, Span<byte> plaintext)
        {
            using var aes = new AesGcm(key, 16);
            aes.Decrypt(sealedBytes[..12], sealedBytes[28..], sealedBytes.Slice(12, 16), plaintext, additionalData);
        }
    }
}

/// <summary>Every valid resident number is one resident; without one a Patient is a resident of its own.</summary>
public sealed class MemoryResidents : IResidentIndex
{
    private readonly ConcurrentDictionary<string, string> ofPatient = new();

    public ValueTask<Identification> Identify(PatientIdentity identity, EventHeader header, CancellationToken ct)
    {
        var strong = identity.Identifiers.FirstOrDefault(identifier => identifier.System == IdentifierSystems.ResidentId);
        var resident = ofPatient.GetOrAdd(identity.PatientId, _ => strong is null ? "r-" + identity.PatientId : "r-" + strong.Value[^4..]);
        return new(new Identification(resident, LinkBasis.New));
    }

    public ValueTask<string?> ResidentOf(string patientId, CancellationToken ct) => new(ofPatient.GetValueOrDefault(patientId));

    public ValueTask<IReadOnlyList<string>> PatientsOf(string residentId, CancellationToken ct) => new([.. ofPatient.Where(pair => pair.Value == residentId).Select(pair => pair.Key)]);

    public ValueTask<string?> Find(PersonIdentifier identifier, CancellationToken ct) => new((string?)null);

    public Guid? BlindOf(PersonIdentifier identifier) => null;
}

/// <summary>Institutions see what they wrote, their patients, and what is not personal; operators everything; role <c>nobody</c> is denied.</summary>
public sealed class InstitutionPolicy : IAccessPolicy
{
    public ValueTask<AccessDecision> Decide(AccessRequest request, CancellationToken ct)
    {
        if (request.Caller.Roles.Contains("nobody")) return new(new AccessDecision.Deny("no-scope"));
        if (request.Caller.Roles.Contains("operator") || request.Caller.InstitutionCode is not { } institution) return new(new AccessDecision.Permit(new AccessFilter.Everything()));
        AccessFilter written = new AccessFilter.WrittenBy(institution);
        return new(new AccessDecision.Permit(request.Kind is AccessKind.Update or AccessKind.Delete
            ? written
            : new AccessFilter.AnyOf([written, new AccessFilter.TreatedAt(institution), new AccessFilter.NotPersonal()])));
    }
}

/// <summary>Audit facts as rows of a table of the test's own.</summary>
public sealed class TableAudit(NpgsqlDataSource database) : IAuditTrail
{
    public static readonly SchemaScript Schema = new("zz-test", "audit", "create schema test_audit; create table test_audit.fact (id bigint generated always as identity primary key, fact jsonb not null)");

    private const string Insert = "insert into test_audit.fact (fact) select unnest($1::text[])::jsonb";

    public SqlStatement Prepare(IReadOnlyList<AuditFact> facts) => new(Insert, [facts.Select(fact => JsonSerializer.Serialize(fact)).ToArray()]);

    public async ValueTask Record(AuditFact fact, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Insert);
        command.Parameters.Add(new NpgsqlParameter { Value = new[] { JsonSerializer.Serialize(fact) } });
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task<List<AuditFact>> All()
    {
        await using var command = database.CreateCommand("select fact::text from test_audit.fact order by id");
        await using var reader = await command.ExecuteReaderAsync();
        var facts = new List<AuditFact>();
        while (await reader.ReadAsync()) facts.Add(JsonSerializer.Deserialize<AuditFact>(reader.GetString(0))!);
        return facts;
    }
}
