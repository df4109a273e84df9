using Health.CardBridge.Bindings;
using Health.CardBridge.Issuing;
using Health.CardBridge.Registrations;
using Health.CardBridge.Settlements;
using Health.Cards;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Offline;

/// <summary>What an entry says, in the bridge's terms, and what a person must look at.</summary>
public sealed record OfflineReading(IOfflineFact? Fact, IReadOnlyList<(string Kind, string Detail)> Findings)
{
    public static OfflineReading Unreadable(string what) => new(null, [("offline-entry-unreadable", what)]);
}

/// <summary>
/// Reads an entry's body against what the platform knows by now. It judges nothing away: a card that was reported lost meanwhile, a purse that is blocked by now, a number
/// the desk did not hold are findings beside the fact.
/// </summary>
public sealed class OfflineReader(
    NpgsqlDataSource database, OfflineSeals seals, OfflineLog log, OfflineNumbers numbers, CardLog cards, CardTaps taps, Blacklist blacklist, PurseProofs proofs, CardBridgeSettings settings, IKeyring keys, TimeProvider clock)
{
    public Task<OfflineReading> Read(OfflineEntry entry, OfflineVisitState state, DeskJournal desk, CancellationToken ct) => entry.Kind switch
    {
        OfflineKinds.Registered when OfflineJson.TryRead<OfflineRegistration>(entry.Body) is { VisitNumber: not null, DepartmentCode: not null, ChipSerial: not null, Person: not null } body => Registered(entry, body, desk, ct),
        OfflineKinds.Intended when OfflineJson.TryRead<OfflineDebit>(entry.Body) is { Intent: { } intent, Lines: not null } body && IsWhole(intent) => Intended(entry, body, state, ct),
        OfflineKinds.Decided when OfflineJson.TryRead<OfflineOutcome>(entry.Body) is { Outcome: not null } body => Decided(entry, body, state, ct),
        _ => Task.FromResult(OfflineReading.Unreadable($"the body of a '{entry.Kind}' entry")),
    };

    private async Task<OfflineReading> Registered(OfflineEntry entry, OfflineRegistration body, DeskJournal desk, CancellationToken ct)
    {
        List<(string, string)> findings = [];
        if (seals.Open(Place(entry, "person"), body.Person) is not { } opened || OfflineJson.TryRead<OfflinePerson>(opened) is not { CardNo: not null, Name: not null, IdNumber: not null } person)
            return OfflineReading.Unreadable("the sealed person");
        var cardId = cards.IdOf(person.CardNo);
        var (card, _) = await cards.Load(cardId, ct);
        var known = card.Stage == CardStage.None ? null : await cards.Holder(cardId, card, ct);
        var tap = new TapRequest(entry.DeskId, "", person.CardNo, body.ChipSerial, settings.CityCode, new TappedHolder(person.Name, person.IdNumber, person.Sex, null));
        var reason = taps.Judge(tap, card, known);
        if (reason is not null) findings.Add(($"offline-card-{reason}", $"The card of a visit registered offline at {entry.At:u} would not be taken now: {reason}."));
        var visitNumber = body.VisitNumber;
        if (!await numbers.IsFree(entry.DeskId, desk.InstitutionCode, visitNumber, ct))
        {
            findings.Add(("offline-number-not-held", $"The visit number of entry {entry.Seq} was not the desk's to give; it was replaced."));
            visitNumber = $"L-{entry.DeskId}-{entry.Seq}";
        }
        // A clone shows a number that is not its own: the visit is nobody's until a person has looked.
        var residentId = reason is "not-issued-here" or "mismatch" or "replaced" ? null : card.Made?.ResidentId;
        var holder = new Issuing.CardHolder(person.CardNo, person.IdNumber, person.Name, person.Sex, person.BirthDate, known?.PurseNo);
        var fact = new OfflineVisitRegistered(
            entry.At, entry.Seq, entry.VisitTx, desk.InstitutionCode, entry.DeskId, visitNumber, body.DepartmentCode, cardId, body.ChipSerial, residentId, clock.GetUtcNow(),
            await log.Seal(residentId, entry.VisitTx, "holder", holder, ct));
        return new OfflineReading(fact, findings);
    }

    private async Task<OfflineReading> Intended(OfflineEntry entry, OfflineDebit body, OfflineVisitState state, CancellationToken ct)
    {
        List<(string, string)> findings = [];
        var intent = body.Intent;
        if (intent.AmountFen != body.TotalFen) findings.Add(("offline-amounts-differ", $"Entry {entry.Seq} debits another amount than its bill."));
        if (await blacklist.IsBlocked(intent.PurseNo, ct) == true) findings.Add(("offline-purse-blacklisted", $"The purse paid offline at {entry.At:u} and is on the operator's blacklist now."));
        if (state.Registration is { } registered && registered.ChipSerial != intent.ChipSerial) findings.Add(("offline-other-chip", $"Entry {entry.Seq} debits another chip than was registered."));
        var debit = new PurseDebit(
            intent.ChipSerial, keys.Blind(IdentifierSystems.CityCard, intent.PurseNo), intent.AmountFen, intent.TerminalNo, intent.TermSeq, intent.CardSeq, intent.BalanceFen, intent.LocalTime, intent.Challenge);
        if (await OtherHolderOf(debit, null, ct) is { } other) return new OfflineReading(null, [.. findings, ("offline-debit-known-otherwise", $"The purse transaction of entry {entry.Seq} stands under visit {other}.")]);
        if (seals.Open(Place(entry, "lines"), body.Lines) is not { } lines || OfflineJson.TryRead<List<FeeLine>>(lines) is not { } bill)
        {
            findings.Add(("offline-entry-unreadable", $"The fee lines of entry {entry.Seq}."));
            bill = [];
        }
        var residentId = state.Registration?.ResidentId;
        return new OfflineReading(new OfflineDebitIntended(
            entry.At, entry.Seq, debit, body.TotalFen, await log.Seal(residentId, entry.VisitTx, "purse", new BoundPurse(intent.PurseNo), ct), await log.Seal(residentId, entry.VisitTx, "lines", bill, ct)), findings);
    }

    private async Task<OfflineReading> Decided(OfflineEntry entry, OfflineOutcome body, OfflineVisitState state, CancellationToken ct)
    {
        if (state.Find(body.CardSeq, body.TermSeq) is not { } known) return new OfflineReading(null, [("offline-outcome-without-debit", $"Entry {entry.Seq} decides a debit that was not told.")]);
        var (tac, mac2) = (body.Tac is { Length: > 0 } code ? code.ToUpperInvariant() : null, body.Mac2?.ToUpperInvariant());
        var says = body.Outcome switch { "debited" or "proved-charged" => OfflineDebitDecided.Charged, "refused" or "proved-not-charged" => OfflineDebitDecided.NotCharged, _ => OfflineDebitDecided.Unknown };
        if (says != OfflineDebitDecided.Charged) return Of(says, null, null);
        var purse = await log.Purse(entry.VisitTx, known.Intended, ct);
        // The card says it paid; a code that does not prove it decides nothing.
        if (tac is null ? body.Outcome != "proved-charged" : purse is not null && !proofs.Hold(known.Debit, purse.PurseNo, tac, mac2))
            return Of(OfflineDebitDecided.Unknown, null, ("offline-tac-does-not-verify", $"The codes of entry {entry.Seq} do not prove its debit."));
        if (tac is not null && await OtherHolderOf(known.Debit, tac, ct) is { } other) return Of(OfflineDebitDecided.Unknown, null, ("offline-tac-used-before", $"The TAC of entry {entry.Seq} stands under visit {other}."));
        return Of(OfflineDebitDecided.Charged, tac, null);

        OfflineReading Of(string outcome, string? proof, (string, string)? finding) =>
            new(new OfflineDebitDecided(entry.At, entry.Seq, known.Debit.Key, outcome, proof, proof is null ? null : mac2), finding is { } found ? [found] : []);
    }

    // The permanent unique constraints, asked before they would stop the chain: the visit that holds the transaction, or another one with this TAC.
    private async Task<string?> OtherHolderOf(PurseDebit debit, string? tac, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            tac is null
                ? "select visit_tx from cards.purse_transaction where (chip_serial, card_seq, terminal_no, term_seq) = ($1, $2, $3, $4)"
                : "select visit_tx from cards.purse_transaction where chip_serial = $1 and card_seq = $2 and tac = $5 and (terminal_no, term_seq) <> ($3, $4)");
        foreach (object value in new object[] { debit.ChipSerial, debit.CardSeq, debit.TerminalNo, debit.TermSeq }) command.Parameters.Add(new() { Value = value });
        if (tac is not null) command.Parameters.Add(new() { Value = tac });
        return await command.ExecuteScalarAsync(ct) as string;
    }

    private static string Place(OfflineEntry entry, string part) => $"{entry.DeskId}|{entry.VisitTx}|{part}";

    private static bool IsWhole(PurseIntent intent) =>
        intent is { ChipSerial.Length: 16, PurseNo.Length: 16, TerminalNo.Length: 12, LocalTime.Length: 14, Challenge: not null, AmountFen: > 0 and <= FeeLine.MaxAmountFen }
        && DateTime.TryParseExact(intent.LocalTime, "yyyyMMddHHmmss", System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out _)
        && intent.PurseNo.All(char.IsAsciiDigit) && intent.TerminalNo.All(char.IsAsciiDigit) && intent.ChipSerial.All(char.IsAsciiHexDigit) && (intent.Challenge.Length == 0 || PurseProofs.IsCode(intent.Challenge));
}
