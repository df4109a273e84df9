using Health.CardBridge.Settlements;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Log;

/// <summary>The streams of visit transactions, with the rows and messages that follow from their facts.</summary>
public sealed class VisitLog(EventWriter events, NpgsqlDataSource database)
{
    public static string StreamOf(string visitTx) => $"visit/{visitTx}";

    public async Task<(SettlementState State, long Version)> Load(string visitTx, CancellationToken ct)
    {
        var facts = await events.Read<IVisitFact>(StreamOf(visitTx), ct);
        return (SettlementState.Of(facts), facts.Count);
    }

    /// <summary>False when the stream moved on since <paramref name="version"/>.</summary>
    public Task<bool> Append(string visitTx, SettlementState before, long version, IReadOnlyList<IVisitFact> facts, EventHeader header, IReadOnlyList<AuditFact> audit, CancellationToken ct) =>
        events.Append(
            [new StreamAppend(StreamOf(visitTx), version, facts)], header,
            new Appendix([.. VisitRows.Of(before, facts, header.Actor == VisitProcess.Actor ? null : header.Actor)], audit, [.. VisitNotices.Of(before, version, facts)]), ct);

    /// <summary>Open visits of one desk, or of all (null).</summary>
    public async Task<IReadOnlyList<string>> Open(string? institutionCode, string? deskId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "select visit_tx from cards.visit where is_open and ($1::text is null or institution_code = $1) and ($2::text is null or desk_id = $2) order by requested_at");
        command.Parameters.Add(new() { Value = (object?)institutionCode ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)deskId ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<string> found = [];
        while (await reader.ReadAsync(ct)) found.Add(reader.GetString(0));
        return found;
    }

    /// <summary>The next visit number of an institution on a day: C, yyyyMMdd, five digits. A number may be skipped, never given twice.</summary>
    public async Task<string> NextVisitNumber(string institutionCode, DateOnly day, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "insert into cards.visit_counter (institution_code, day, last) values ($1, $2, 1) on conflict (institution_code, day) do update set last = visit_counter.last + 1 returning last");
        command.Parameters.Add(new() { Value = institutionCode });
        command.Parameters.Add(new() { Value = day });
        return $"C{day:yyyyMMdd}{(int)(await command.ExecuteScalarAsync(ct))!:D5}";
    }
}
