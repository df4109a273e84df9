using Health.CardBridge.Log;
using Health.CardBridge.Settlements;
using Health.Cards;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Offline;

/// <summary>How far the desk's journal was taken. <paramref name="Expected"/>: the number that must come next, when the refusal is a gap.</summary>
public sealed record OfflineTaken(long LastSeq, Refusal? Refusal = null, long? Expected = null);

/// <summary>
/// Takes a desk's journal in order, each entry once: entry, facts, ledger rows and messages are one transaction. A repeat is passed over; a gap, a break of the chain or a wrong
/// signature stops it there with nothing of that entry written.
/// </summary>
public sealed class OfflineIntake(
    EventWriter events, OfflineLog visits, OfflineReader reader, DeskJournals desks, VisitRecords records, VisitGate gate, NodeIdentity node, TimeProvider clock)
{
    public const int MostEntries = 100;
    private const int MaxTries = 8;

    /// <param name="deskId">A desk whose key is registered.</param>
    public async Task<OfflineTaken> Take(string deskId, IReadOnlyList<OfflineEntry> entries, Caller caller, CancellationToken ct)
    {
        using var turn = await gate.Enter($"offline|{deskId}", ct);
        for (var i = 0; i < entries.Count; i++)
            if (await Take(deskId, entries[i], $"entries[{i}]", caller, ct) is { Refusal: not null } refused) return refused;
        return new OfflineTaken((await desks.Find(deskId, ct))!.Head.Seq);
    }

    private async Task<OfflineTaken> Take(string deskId, OfflineEntry entry, string place, Caller caller, CancellationToken ct)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var desk = (await desks.Find(deskId, ct))!;
            if (entry.Seq <= desk.Head.Seq) return await Repeat(desk, entry, place, ct);
            if (entry.Seq != desk.Head.Seq + 1) return new OfflineTaken(desk.Head.Seq, Refusal.Conflict($"The next entry of this desk is {desk.Head.Seq + 1}, not {entry.Seq}."), desk.Head.Seq + 1);
            if (OfflineChain.Wrong(entry, desk.Head, deskId, desk.Key) is { } wrong) return new OfflineTaken(desk.Head.Seq, Refusal.Unprocessable($"The {wrong} of entry {entry.Seq} is wrong: it is not of this desk's journal, or was altered.", $"{place}.{wrong}"));
            try
            {
                if (await Append(desk, entry, caller, ct)) return new OfflineTaken(entry.Seq);
            }
            catch (PostgresException taken) when (taken is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "offline_entry_pkey" })
            {
                // Another process took it in the meantime: look again.
            }
        }
        throw new InvalidOperationException($"The journal of desk {deskId} moved {MaxTries} times while an entry was taken.");
    }

    // The same number with another content: a disk was copied or put back. The first one counts, and a person looks.
    private async Task<OfflineTaken> Repeat(DeskJournal desk, OfflineEntry entry, string place, CancellationToken ct)
    {
        if (await desks.HashOf(desk.DeskId, entry.Seq, ct) == entry.Hash) return new OfflineTaken(desk.Head.Seq);
        // Only what the desk really signed is worth a finding.
        if (OfflineChain.Wrong(entry, new OfflineHead(entry.Seq - 1, entry.Previous, entry.At), desk.DeskId, desk.Key) is null)
            await events.Append([], Header(null), new Appendix([OfflineRows.Exception("offline-journal-forked", entry.VisitTx, desk.InstitutionCode, $"Desk {desk.DeskId} signed two different entries {entry.Seq}.", entry.Seq, desk.DeskId, clock.GetUtcNow())], [], []), ct);
        return new OfflineTaken(desk.Head.Seq, Refusal.Conflict($"Another entry {entry.Seq} of this desk was taken before.") with { Expression = $"{place}.seq" });
    }

    private async Task<bool> Append(DeskJournal desk, OfflineEntry entry, Caller caller, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var (state, version) = await visits.Load(entry.VisitTx, ct);
        var reading = await reader.Read(entry, state, desk, ct);
        var decision = reading.Fact is { } told ? OfflineDecider.Decide(told, state) : new OfflineDecision(null, null);
        List<(string Kind, string Detail)> findings = [.. reading.Findings];
        if (decision.Finding is { } finding) findings.Add((finding, $"Entry {entry.Seq} of desk {desk.DeskId} does not fit what was told before."));
        if (OfflineChain.RunsBackwards(entry, desk.Head)) findings.Add(("offline-clock-backwards", $"Entry {entry.Seq} of desk {desk.DeskId} is older than the one before."));
        if (entry.At > now + BlacklistDocument.ClockTolerance) findings.Add(("offline-clock-ahead", $"Entry {entry.Seq} of desk {desk.DeskId} comes from the future: {entry.At:u}."));
        List<SqlStatement> rows = [.. desks.Advance(entry)];
        List<OutboxMessage> messages = [];
        if (decision.Fact is { } fact)
        {
            var after = state.Apply(fact);
            rows.AddRange(OfflineRows.Of(entry.VisitTx, fact, after, desk, now));
            messages.AddRange(Messages(entry.VisitTx, fact, after));
        }
        rows.AddRange(findings.Select(found => OfflineRows.Exception(found.Kind, entry.VisitTx, desk.InstitutionCode, found.Detail, entry.Seq, desk.DeskId, now)));
        return await events.Append(decision.Fact is null ? [] : [new StreamAppend(OfflineLog.StreamOf(entry.VisitTx), version, [decision.Fact])], Header(caller), new Appendix(rows, [Audit(caller, entry, state, decision.Fact)], messages), ct);
    }

    private IEnumerable<OutboxMessage> Messages(string visitTx, IOfflineFact fact, OfflineVisitState after)
    {
        if (fact is OfflineDebitDecided { Outcome: OfflineDebitDecided.Charged, Tac: not null } told) yield return OutboxMessage.OfflineDebit(visitTx, told.Key, fact.At);
        if (after.Registration is not { ResidentId: { } residentId } visit) yield break;
        var encounterId = records.EncounterIdOf(OfflineRecords.Request(visit));
        if (fact is OfflineVisitRegistered)
        {
            yield return OutboxMessage.OfflineRecord(visitTx, "registered", fact.At);
            yield return OutboxMessage.Of(new VisitRegistered(OutboxMessage.IdOf("offline-registered", visitTx), fact.At, visit.InstitutionCode, encounterId, residentId, VisitNotices.Channel));
        }
        if (fact is not OfflineDebitDecided { Outcome: OfflineDebitDecided.Charged } paid) yield break;
        var total = new Fen(after.Debits[paid.Key].Intended.TotalFen);
        yield return OutboxMessage.OfflineRecord(visitTx, "paid", fact.At);
        yield return OutboxMessage.Of(new VisitSettled(OutboxMessage.IdOf("offline-paid", visitTx), fact.At, visit.InstitutionCode, encounterId, residentId, VisitNotices.Channel, total, Fen.Zero, Fen.Zero, total));
    }

    private EventHeader Header(Caller? caller) => new(node.NodeId, caller?.Actor ?? "system:card-bridge", PurposeOfUse.HPAYMT, CardBridgeModule.Source, caller?.RequestId);

    private AuditFact Audit(Caller caller, OfflineEntry entry, OfflineVisitState state, IOfflineFact? fact) =>
        new(Guid.CreateVersion7(), clock.GetUtcNow(), "E", $"offline-{entry.Kind}", 0, caller.Actor, caller.ClientId, caller.InstitutionCode, PurposeOfUse.HPAYMT, caller.RequestId)
        {
            ResidentId = (fact as OfflineVisitRegistered)?.ResidentId ?? state.Registration?.ResidentId, Target = OfflineLog.StreamOf(entry.VisitTx),
        };
}
