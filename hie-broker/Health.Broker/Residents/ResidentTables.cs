using Health.Broker.Residents.Matching;
using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.Broker.Residents;

/// <summary>A link as the lookup table has it, with the blinds of all that was said about the Patient.</summary>
internal sealed record LinkRow(string ResidentId, IReadOnlySet<Guid> Facts);

/// <summary>A link to be written, and where in the log it was made.</summary>
internal sealed record NewLink(string PatientId, string ResidentId, long Sequence, IEnumerable<Guid> Facts);

/// <summary>The lookup tables of the index of persons: everything in them follows from the residents' streams.</summary>
internal sealed class ResidentTables(IKeyring keyring)
{
    private const int RememberedFacts = 64;

    /// <summary>Patient, resident, facts: see <see cref="ReadLink"/>.</summary>
    public const string SelectLinks = "select patient_id, resident_id, facts from broker.patient_link where patient_id = any($1)";

    private const string SelectKeys = "select blind, resident_id from broker.resident_key where blind = any($1)";

    /// <summary>Blind of one element about one Patient: equal values of different Patients do not look equal.</summary>
    public HashSet<Guid> Elements(string patientId, PersonFacts facts) => [.. facts.Elements().Select(element => keyring.Blind($"patient|{patientId}", element))];

    public Guid Blind(StrongKey key) => keyring.Blind($"resident-key|{key.KindCode}", key.Value);

    public static LinkRow ReadLink(NpgsqlDataReader row) => new(row.GetString(1), row.GetFieldValue<Guid[]>(2).ToHashSet());

    public static async Task<LinkRow?> FindLink(NpgsqlCommand command, string patientId, CancellationToken ct)
    {
        command.CommandText = SelectLinks;
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [patientId] });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? ReadLink(reader) : null;
    }

    /// <summary>Residents who have these identifiers.</summary>
    public async Task<IReadOnlyDictionary<StrongKey, string>> FindKeys(NpgsqlCommand command, IReadOnlyList<StrongKey> keys, CancellationToken ct)
    {
        if (keys.Count == 0) return new Dictionary<StrongKey, string>();
        var blinds = keys.ToDictionary(Blind);
        command.CommandText = SelectKeys;
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. blinds.Keys] });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await ReadOwners(reader, blinds, ct);
    }

    /// <summary>The selects that a group of identifications begins with: links of the Patients, then owners of the identifiers.</summary>
    public static NpgsqlBatchCommand[] Select(IEnumerable<string> patientIds, IEnumerable<Guid> blinds) =>
    [
        new(SelectLinks) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. patientIds] } } },
        new(SelectKeys) { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = [.. blinds] } } },
    ];

    public static async Task<Dictionary<StrongKey, string>> ReadOwners(NpgsqlDataReader reader, IReadOnlyDictionary<Guid, StrongKey> blinds, CancellationToken ct)
    {
        var owners = new Dictionary<StrongKey, string>();
        while (await reader.ReadAsync(ct)) owners[blinds[reader.GetGuid(0)]] = reader.GetString(1);
        return owners;
    }

    /// <summary>Sets of different size do not fit one array of arrays, so each travels as a text.</summary>
    public static NpgsqlBatchCommand AddLinks(IReadOnlyList<NewLink> links) => new(
        """
        insert into broker.patient_link (patient_id, resident_id, linked_seq, facts)
        select u.patient, u.resident, u.seq, string_to_array(u.facts, ',')::uuid[] from unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) as u(patient, resident, seq, facts)
        """)
    {
        Parameters =
        {
            Column(links, link => link.PatientId), Column(links, link => link.ResidentId), Column(links, link => link.Sequence), Column(links, link => string.Join(',', link.Facts)),
        },
    };

    public static NpgsqlBatchCommand Remember(string patientId, IEnumerable<Guid> facts) => new(
        $"""
        update broker.patient_link set facts =
            (array(select f from unnest($2::uuid[]) f union all select f from unnest(facts) f where f <> all ($2)))[1:{RememberedFacts}]
        where patient_id = $1
        """)
    {
        Parameters = { new() { Value = patientId }, new() { Value = facts.ToArray() } },
    };

    public NpgsqlBatchCommand AddKeys(IReadOnlyList<(StrongKey Key, string ResidentId)> keys) => new(
        "insert into broker.resident_key (kind, blind, resident_id) select k, b, r from unnest($1::text[], $2::uuid[], $3::text[]) as t(k, b, r)")
    {
        Parameters = { Column(keys, key => key.Key.KindCode), Column(keys, key => Blind(key.Key)), Column(keys, key => key.ResidentId) },
    };

    public static NpgsqlBatchCommand AddConflicts(IReadOnlyList<(IdentityConflictRaised Conflict, long Sequence)> raised) => new(
        """
        insert into broker.identity_conflict (seq, patient_id, resident_id, other_resident_id, reason)
        select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])
        """)
    {
        Parameters =
        {
            Column(raised, one => one.Sequence), Column(raised, one => one.Conflict.PatientId), Column(raised, one => one.Conflict.ResidentId),
            new NpgsqlParameter { Value = raised.Select(one => one.Conflict.OtherResidentId).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            Column(raised, one => one.Conflict.Reason),
        },
    };

    private static NpgsqlParameter<TValue[]> Column<TRow, TValue>(IEnumerable<TRow> rows, Func<TRow, TValue> column) => new() { TypedValue = [.. rows.Select(column)] };
}
