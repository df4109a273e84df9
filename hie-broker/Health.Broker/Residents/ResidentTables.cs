using Health.Broker.Residents.Matching;
using Health.Contracts;
using Npgsql;

namespace Health.Broker.Residents;

/// <summary>A link as the lookup table has it, with the blinds of all that was said about the Patient.</summary>
internal sealed record LinkRow(string ResidentId, IReadOnlySet<Guid> Facts);

/// <summary>The lookup tables of the index of persons: everything in them follows from the residents' streams.</summary>
internal sealed class ResidentTables(IKeyring keyring)
{
    private const int RememberedFacts = 64;

    /// <summary>Blind of one element about one Patient: equal values of different Patients do not look equal.</summary>
    public HashSet<Guid> Elements(string patientId, PersonFacts facts) => [.. facts.Elements().Select(element => keyring.Blind($"patient|{patientId}", element))];

    public Guid Blind(StrongKey key) => keyring.Blind($"resident-key|{key.KindCode}", key.Value);

    public static async Task<LinkRow?> FindLink(NpgsqlCommand command, string patientId, CancellationToken ct)
    {
        command.CommandText = "select resident_id, facts from broker.patient_link where patient_id = $1";
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = patientId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new LinkRow(reader.GetString(0), reader.GetFieldValue<Guid[]>(1).ToHashSet()) : null;
    }

    /// <summary>Residents who have these identifiers.</summary>
    public async Task<IReadOnlyDictionary<StrongKey, string>> FindKeys(NpgsqlCommand command, IReadOnlyList<StrongKey> keys, CancellationToken ct)
    {
        var found = new Dictionary<StrongKey, string>();
        if (keys.Count == 0) return found;
        var blinds = keys.ToDictionary(Blind);
        command.CommandText = "select blind, resident_id from broker.resident_key where blind = any($1)";
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. blinds.Keys] });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) found[blinds[reader.GetGuid(0)]] = reader.GetString(1);
        return found;
    }

    public static Task AddLink(Appending appending, string patientId, string residentId, long sequence, IEnumerable<Guid> facts, CancellationToken ct) =>
        appending.Execute(
            "insert into broker.patient_link (patient_id, resident_id, linked_seq, facts) values ($1, $2, $3, $4)",
            [patientId, residentId, sequence, facts.ToArray()], ct);

    public static Task Remember(Appending appending, string patientId, IEnumerable<Guid> facts, CancellationToken ct) =>
        appending.Execute(
            $"""
            update broker.patient_link set facts =
                (array(select f from unnest($2::uuid[]) f union all select f from unnest(facts) f where f <> all ($2)))[1:{RememberedFacts}]
            where patient_id = $1
            """,
            [patientId, facts.ToArray()], ct);

    public Task AddKeys(Appending appending, string residentId, IReadOnlyList<StrongKey> keys, CancellationToken ct) =>
        keys.Count == 0 ? Task.CompletedTask : appending.Execute(
            "insert into broker.resident_key (kind, blind, resident_id) select k, b, $3 from unnest($1::text[], $2::uuid[]) as t(k, b)",
            [keys.Select(key => key.KindCode).ToArray(), keys.Select(Blind).ToArray(), residentId], ct);

    public static Task AddConflict(Appending appending, IdentityConflictRaised conflict, long sequence, CancellationToken ct) =>
        appending.Execute(
            "insert into broker.identity_conflict (seq, patient_id, resident_id, other_resident_id, reason) values ($1, $2, $3, $4, $5)",
            [sequence, conflict.PatientId, conflict.ResidentId, conflict.OtherResidentId, conflict.Reason], ct);
}
