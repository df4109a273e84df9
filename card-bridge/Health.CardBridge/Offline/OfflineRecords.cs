using System.Text;
using System.Text.Json;
using Health.CardBridge.Bindings;
using Health.CardBridge.Issuing;
using Health.CardBridge.Payers;
using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.CardBridge.Offline;

/// <summary>What follows behind a taken entry: the operator is told the TAC, the visit's Encounter is written. Each may be repeated; false: try again later.</summary>
public sealed class OfflineRecords(OfflineLog log, VisitRecords records, IRecordStore store, CityCardOperator company, NodeIdentity node)
{
    /// <summary>The operator's verdict on a debit; null when it gave none. Throws when the purse number can no longer be opened.</summary>
    public async Task<PayerAnswer<Done>> Tell(string visitTx, string key, CancellationToken ct)
    {
        var (state, _) = await log.Load(visitTx, ct);
        var debit = state.Debits[key];
        var purse = await log.Purse(visitTx, debit.Intended, ct) ?? throw new InvalidOperationException($"The purse of offline visit {visitTx} can no longer be opened.");
        return await company.Tell(debit.Debit, purse.PurseNo, debit.Tac!, ct);
    }

    public async Task<OfflineVisitRegistered?> Find(string visitTx, CancellationToken ct) => (await log.Load(visitTx, ct)).State.Registration;

    public async Task<bool> Write(string visitTx, CancellationToken ct)
    {
        var (state, _) = await log.Load(visitTx, ct);
        if (state.Registration is not { ResidentId: { } residentId } visit) return true;
        // Erased meanwhile: nothing of this person is written any more.
        if (await log.Holder(visit, ct) is not { } holder) return true;
        var request = Request(visit);
        if (await records.Register(request, holder, ct) is not { } registered) return false;
        if (!state.IsCharged) return true;
        var json = JsonSerializer.Serialize(new { resourceType = "Encounter", id = registered.EncounterId, status = "finished", period = new { start = ChinaTime.Fhir(visit.At), end = ChinaTime.Fhir(visit.At) } });
        var header = new EventHeader(node.NodeId, "system:card-bridge", PurposeOfUse.HPAYMT, CardBridgeModule.Source);
        var commit = await store.Commit(
            new RecordBatch($"card-visit|{visitTx}|offline-paid", header, visit.InstitutionCode, residentId, [new RecordWrite(WriteKind.Merge, "Encounter", registered.EncounterId, Encoding.UTF8.GetBytes(json))]) { EffectiveAt = visit.At }, ct);
        return !commit.IsRefused;
    }

    /// <summary>The visit as the records of online visits take it; no messages to an insurer belong to it.</summary>
    public static VisitRequested Request(OfflineVisitRegistered visit) => new(
        visit.At, visit.VisitTx, visit.InstitutionCode, visit.DeskId, visit.ResidentId!, visit.CardId, visit.ChipSerial, visit.VisitNumber, visit.DepartmentCode, "", "", Guid.Empty, visit.Holder);
}
