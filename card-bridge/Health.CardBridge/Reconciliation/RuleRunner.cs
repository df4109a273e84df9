using Health.CardBridge.Log;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Reconciliation;

/// <summary>Looks around a difference for what the automatic rules need, and has visits decided that a rule decides.</summary>
public sealed class RuleRunner(NpgsqlDataSource database, VisitProcess process, VisitLog visits, VisitSecrets secrets, PurseProofs proofs, TimeProvider clock)
{
    // The other side's line counts for this difference only if it stands alone on its own day too.
    private const string Others = """
        select l.business_day, l.amount_fen from cards.ledger l
        where $1 = 'only-theirs' and l.institution_code = $2 and l.party = $3 and l.party_reference = $4 and l.business_day between $5::date - 1 and $5::date + 1 and l.business_day <> $5::date
          and not exists (select 1 from cards.statement_line s where s.business_day = l.business_day and s.institution_code = l.institution_code and s.party = l.party and s.reference = l.party_reference)
        union all
        select s.business_day, s.amount_fen from cards.statement_line s
        where $1 = 'only-ours' and s.institution_code = $2 and s.party = $3 and s.reference = $4 and s.business_day between $5::date - 1 and $5::date + 1 and s.business_day <> $5::date
          and not exists (select 1 from cards.ledger l where l.business_day = s.business_day and l.institution_code = s.institution_code and l.party = s.party and l.party_reference = s.reference)
        """;

    private const string Unknown = """
        select visit_tx, amount_fen from cards.purse_transaction
        where $1 = 'city-card' and chip_serial || '|' || card_seq || '|' || terminal_no || '|' || term_seq = $2
          and chip_serial = split_part($2, '|', 1) and card_seq::text = split_part($2, '|', 2) and state in ('reserved', 'unknown')
        """;

    public async Task<Surroundings> Around(Difference difference, CancellationToken ct)
    {
        List<(DateOnly, long)> others = [];
        await using (var command = Command(Others, difference.Kind, difference.InstitutionCode, difference.Party, difference.Reference, difference.Day))
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                others.Add((reader.GetFieldValue<DateOnly>(0), reader.GetInt64(1)));
        await using var debits = Command(Unknown, difference.Party, difference.Reference);
        await using var found = await debits.ExecuteReaderAsync(ct);
        return new Surroundings(others, await found.ReadAsync(ct) ? (found.GetString(0), found.GetInt64(1)) : null);
    }

    /// <summary>The operator's file holds this debit: it was charged. The visit decides as if the desk had brought the proof.</summary>
    /// <returns>False when the visit does not take it; a person decides.</returns>
    public async Task<bool> Charge(string visitTx, string reference, string tac, CancellationToken ct)
    {
        var (state, _) = await visits.Load(visitTx, ct);
        if (state.Debit is not { } debit || debit.Key != reference || (await secrets.Holder(state, ct)).PurseNo is not { } purseNo) return false;
        var holds = proofs.Hold(debit, purseNo, tac, null);
        var caller = new Caller("card-bridge", null, state.Request!.InstitutionCode, null, [], [], PurposeOfUse.HPAYMT, $"reconciliation|{reference}");
        var result = await process.Execute(visitTx, caller, "debit-outcome", _ => new ReportDebit(clock.GetUtcNow(), DeskReport.ProvedCharged, debit.CardSeq, debit.TermSeq, tac, null, "", holds), ct);
        return result is { Refusal: null, State.IsCharged: true };
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
