using Health.Broker.Keys;
using Health.Contracts;
using Marten;
using Npgsql;

namespace Health.Broker.Residents;

/// <summary>
/// Erasure: the resident's key is destroyed and the index rows by which the resident could be found are purged, here and in every module
/// that keeps something in clear, all in one transaction. Events stay, so every
/// proof stays valid; what is sealed in them never opens again. Whether the law allows it is decided before (records are kept 15 or 30 years).
/// </summary>
internal sealed class ResidentErasure(NpgsqlDataSource database, IDocumentStore store, Keyring keyring, IEnumerable<IErasureParticipant> participants) : IResidentErasure
{
    /// <summary>On what ground (codes, no text about a person).</summary>
    public static readonly IReadOnlySet<string> Grounds = new HashSet<string>(StringComparer.Ordinal) { "retention-ended", "court-order", "test-data" };

    public ValueTask<Refusal?> Erase(string residentId, string ground, EventHeader header, CancellationToken ct) => new(Destroy(residentId, ground, header, ct));

    public async Task<Refusal?> Destroy(string residentId, string ground, EventHeader header, CancellationToken ct)
    {
        if (!Grounds.Contains(ground)) return Refusal.Invalid($"ground must be one of {string.Join(", ", Grounds.Order())}.");
        await using var appending = await Appending.Begin(database, store, header, ct);
        await appending.TakeTurn(ct);
        var destroyed = await appending.Execute(
            "update broker.data_key set wrapped = null, destroyed_at = now() where key_id = $1 and wrapped is not null", [Keyring.ResidentKeyId(residentId)], ct);
        if (destroyed == 0) return Refusal.NotFound($"There is no resident {residentId}, or the key is destroyed already.");
        appending.Session.Events.Append(ResidentStream.Id(residentId), new ResidentKeyDestroyed(residentId, ground));
        await appending.Session.SaveChangesAsync(ct);
        var identifiers = await Purge(appending, residentId, ct);
        await appending.Execute("delete from broker.identity_conflict where resident_id = $1", [residentId], ct);
        await appending.Execute("delete from broker.patient_link where resident_id = $1", [residentId], ct);
        foreach (var participant in participants) await participant.Erase(appending.Connection, appending.Transaction, residentId, identifiers, ct);
        await appending.Commit(ct);
        keyring.Forget(residentId);
        return null;
    }

    // Nobody finds the resident by an identifier again; what other modules keep under the same blinds goes with them.
    private static async Task<List<Guid>> Purge(Appending appending, string residentId, CancellationToken ct)
    {
        await using var delete = new NpgsqlCommand("delete from broker.resident_key where resident_id = $1 returning blind", appending.Connection, appending.Transaction) { Parameters = { new() { Value = residentId } } };
        await using var reader = await delete.ExecuteReaderAsync(ct);
        List<Guid> blinds = [];
        while (await reader.ReadAsync(ct)) blinds.Add(reader.GetGuid(0));
        return blinds;
    }
}
