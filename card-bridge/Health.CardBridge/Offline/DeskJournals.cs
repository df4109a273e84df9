using Health.Cards;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Offline;

/// <summary>A desk that may go on alone: its institution, its key, and where its chain stands here.</summary>
public sealed record DeskJournal(string DeskId, string InstitutionCode, Sm2PublicKey Key, OfflineHead Head, bool IsReleased);

/// <summary>The keys of the desks' journals and the place of each chain.</summary>
public sealed class DeskJournals(NpgsqlDataSource database, TimeProvider clock)
{
    public async Task<DeskJournal?> Find(string deskId, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select institution_code, public_key, last_seq, last_hash, last_at, is_released from cards.desk_journal where desk_id = $1");
        command.Parameters.Add(new() { Value = deskId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new DeskJournal(deskId, reader.GetString(0), Sm2PublicKey.FromHex(reader.GetString(1)), new OfflineHead(reader.GetInt64(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4)), reader.GetBoolean(5))
            : null;
    }

    /// <summary>Takes a desk's key, once. Another key needs a person's release first: a thief of the desk's token must not get a journal of his own.</summary>
    public async Task<(DeskJournal? Journal, Refusal? Refusal)> Register(string deskId, string institutionCode, Sm2PublicKey key, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            insert into cards.desk_journal as known (desk_id, institution_code, public_key, last_seq, last_hash, last_at, registered_at) values ($1, $2, $3, 0, $4, $5, $6)
            on conflict (desk_id) do update set public_key = excluded.public_key, is_released = false, registered_at = excluded.registered_at
                where known.institution_code = excluded.institution_code and known.is_released
            """);
        foreach (object value in new object[] { deskId, institutionCode, Convert.ToHexString(key.Bytes.Span), OfflineHead.Start.Hash, OfflineHead.Start.At, clock.GetUtcNow() }) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(ct);
        var journal = (await Find(deskId, ct))!;
        if (journal.InstitutionCode != institutionCode) return (null, Refusal.Forbidden("This desk belongs to another institution."));
        return journal.Key.Id == key.Id ? (journal, null) : (null, Refusal.Conflict("Another key signs the journal of this desk: an operator must release it first."));
    }

    /// <summary>False when there is no such desk.</summary>
    public async Task<bool> Release(string deskId, CancellationToken ct)
    {
        await using var command = database.CreateCommand("update cards.desk_journal set is_released = true where desk_id = $1");
        command.Parameters.Add(new() { Value = deskId });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>Hash under which an entry was taken; null when it was not.</summary>
    public async Task<string?> HashOf(string deskId, long seq, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select hash from cards.offline_entry where desk_id = $1 and seq = $2");
        command.Parameters.Add(new() { Value = deskId });
        command.Parameters.Add(new() { Value = seq });
        return await command.ExecuteScalarAsync(ct) as string;
    }

    /// <summary>The entry and the new place of the chain, for the transaction of its facts.</summary>
    public IEnumerable<SqlStatement> Advance(OfflineEntry entry) =>
    [
        new("insert into cards.offline_entry (desk_id, seq, visit_tx, kind, hash, made_at, taken_at) values ($1, $2, $3, $4, $5, $6, $7)",
            [entry.DeskId, entry.Seq, entry.VisitTx, entry.Kind, entry.Hash, entry.At.ToUniversalTime(), clock.GetUtcNow()]),
        // A clock that ran backwards does not take the journal's time with it.
        new("update cards.desk_journal set last_seq = $2, last_hash = $3, last_at = greatest(last_at, $4) where desk_id = $1", [entry.DeskId, entry.Seq, entry.Hash, entry.At.ToUniversalTime()]),
    ];
}
