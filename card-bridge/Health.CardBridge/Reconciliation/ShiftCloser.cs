using System.Globalization;
using System.Text;
using Health.Cards;
using Health.CardBridge.Log;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Reconciliation;

/// <summary>A shift as the desk shows and prints it.</summary>
/// <param name="ShiftId">Null while it is open.</param>
public sealed record ShiftView(
    string? ShiftId, string DeskId, string Cashier, DateOnly Day, int Number, IReadOnlyList<TenderTotals> Tenders, long CashExpectedFen, long? CashCountedFen, string? Reason, int EntryCount,
    string? Seal, DateTimeOffset? ClosedAt, string? SignedBy, IReadOnlyList<string> Print);

/// <summary>Closes cashiers' shifts: the entries of one cashier at one desk on one day that no earlier shift took.</summary>
public sealed class ShiftCloser(EventWriter events, NpgsqlDataSource database, IKeyring keys, IDirectory directory, NodeIdentity node, TimeProvider clock)
{
    private const int MaxTries = 8;

    public static string StreamOf(string shiftId) => $"shift/{shiftId}";

    /// <summary>What would be closed now.</summary>
    public async Task<ShiftView> Preview(string institutionCode, string deskId, string cashier, DateOnly day, CancellationToken ct)
    {
        var (entries, number) = await Entries(institutionCode, deskId, cashier, day, ct);
        var view = new ShiftView(null, deskId, cashier, day, number, ShiftDecider.Totals(entries), ShiftDecider.Expected(entries), null, null, entries.Count, null, null, null, []);
        return view with { Print = ShiftPrint.Lines(view, await NameOf(institutionCode, ct)) };
    }

    /// <summary>Closes it. <paramref name="requestId"/> makes a repeat give the same shift again.</summary>
    public async Task<(ShiftView? Shift, Refusal? Refusal)> Close(
        string institutionCode, string deskId, string cashier, DateOnly day, long countedFen, string signedBy, string? reason, string requestId, Caller caller, CancellationToken ct)
    {
        var shiftId = OutboxMessage.IdOf("shift", institutionCode, deskId, cashier, requestId).ToString("N");
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (await Find(shiftId, ct) is { } known) return known.CashCountedFen == countedFen ? (known, null) : (null, Refusal.Conflict("This request closed the shift with another count."));
            var (entries, number) = await Entries(institutionCode, deskId, cashier, day, ct);
            if (ShiftDecider.Check(entries, countedFen, reason) is { } refusal) return (null, refusal);
            var at = clock.GetUtcNow();
            var closed = new ShiftClosed(
                at, shiftId, institutionCode, deskId, cashier, day, number, ShiftDecider.Totals(entries), ShiftDecider.Expected(entries), countedFen, reason, entries.Count, Seal(entries, countedFen),
                SealedPayload.Of(keys.Node, StreamOf(shiftId), new Signature(signedBy)));
            try
            {
                await events.Append([new StreamAppend(StreamOf(shiftId), 0, [closed])], new EventHeader(node.NodeId, caller.Actor, PurposeOfUse.HPAYMT, CardBridgeModule.Source, caller.RequestId),
                    new Appendix(Rows(closed, entries), [], []), ct);
            }
            catch (PostgresException moved) when (moved.SqlState is "HC002" or PostgresErrorCodes.UniqueViolation)
            {
                // An entry came, or a shift of the same number: count again.
            }
        }
        return (null, Refusal.Throttled("Entries keep coming in at this desk: close the shift when it is quiet."));
    }

    public async Task<ShiftView?> Find(string shiftId, CancellationToken ct)
    {
        if (await events.Read<ShiftClosed>(StreamOf(shiftId), ct) is not [var e]) return null;
        var signature = await e.SignedBy.Open<Signature>(keys, StreamOf(shiftId), ct);
        var view = new ShiftView(e.ShiftId, e.DeskId, e.Cashier, e.Day, e.Number, e.Tenders, e.CashExpectedFen, e.CashCountedFen, e.Reason, e.EntryCount, e.Seal, e.At, signature?.Name, []);
        return view with { Print = ShiftPrint.Lines(view, await NameOf(e.InstitutionCode, ct)) };
    }

    /// <summary>The institution of a shift; null when there is none.</summary>
    public async Task<string?> InstitutionOf(string shiftId, CancellationToken ct) => await events.Read<ShiftClosed>(StreamOf(shiftId), ct) is [var e] ? e.InstitutionCode : null;

    private static SqlStatement[] Rows(ShiftClosed e, IReadOnlyList<ShiftEntry> entries) =>
    [
        new("""
            insert into cards.shift (shift_id, institution_code, desk_id, cashier, business_day, number, cash_expected_fen, cash_counted_fen, entry_count, seal, closed_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [e.ShiftId, e.InstitutionCode, e.DeskId, e.Cashier, e.Day, e.Number, e.CashExpectedFen, e.CashCountedFen, e.EntryCount, e.Seal, e.At.ToUniversalTime()]),
        new("select cards.take_shift($1, $2, $3, $4, $5, $6, $7)", [e.ShiftId, e.InstitutionCode, e.DeskId, e.Cashier, e.Day, e.EntryCount, entries.Sum(entry => entry.AmountFen)]),
    ];

    private static string Seal(IReadOnlyList<ShiftEntry> entries, long countedFen)
    {
        var sum = new Sm3();
        foreach (var entry in entries.OrderBy(entry => entry.EntryKey, StringComparer.Ordinal)) sum.Add(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{entry.EntryKey}|{entry.Party}|{entry.AmountFen}\n")));
        sum.Add(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"counted|{countedFen}\n")));
        return Convert.ToHexString(sum.Finish());
    }

    private async Task<(List<ShiftEntry> Entries, int Number)> Entries(string institutionCode, string deskId, string cashier, DateOnly day, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select entry_key, party, kind, amount_fen, state from cards.ledger
            where institution_code = $1 and desk_id = $2 and cashier = $3 and business_day = $4 and shift_id is null order by entry_key
            """);
        foreach (object value in new object[] { institutionCode, deskId, cashier, day }) command.Parameters.Add(new() { Value = value });
        List<ShiftEntry> entries = [];
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                entries.Add(new ShiftEntry(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.GetString(4)));
        await using var last = database.CreateCommand("select coalesce(max(number), 0) from cards.shift where institution_code = $1 and desk_id = $2 and cashier = $3 and business_day = $4");
        foreach (object value in new object[] { institutionCode, deskId, cashier, day }) last.Parameters.Add(new() { Value = value });
        return (entries, (int)(await last.ExecuteScalarAsync(ct))! + 1);
    }

    private async Task<string> NameOf(string institutionCode, CancellationToken ct) => (await directory.FindInstitution(institutionCode, ct))?.Name ?? institutionCode;
}
