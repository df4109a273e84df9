using System.Text.Json;
using System.Text.Json.Nodes;
using Health.CardBridge.Issuing;
using Health.CardBridge.Log;
using Health.CardBridge.Payers;
using Health.Contracts;
using Microsoft.Extensions.Logging;

namespace Health.CardBridge.Settlements;

/// <summary>Writes a visit into the record: Encounter at registration; insurance, claim and money after settlement, in one batch; their end after a reversal.</summary>
public sealed class VisitRecords(IRecordStore store, IResidentIndex residents, IKeyring keys, NodeIdentity node, ILogger<VisitRecords> log)
{
    /// <summary>Patient and Encounter of the visit; null when the record was refused (it is logged, and tried again).</summary>
    public async Task<(string PatientId, string EncounterId)?> Register(VisitRequested request, CardHolder holder, CancellationToken ct)
    {
        if (await PatientOf(request, holder, ct) is not { } patientId) return null;
        var encounterId = EncounterIdOf(request);
        var written = await Commit(request, "registered", [VisitResources.Registered(request, encounterId, patientId)], ct);
        return written ? (patientId, encounterId) : null;
    }

    /// <summary>True once everything is in the record; false when it was refused (it is logged, and tried again).</summary>
    public Task<bool> Settle(SettlementState state, InsuredVisit insured, IReadOnlyList<FeeLine> lines, CancellationToken ct) =>
        Commit(state.Request!, "settled", VisitResources.Settled(state, insured, lines, Id(state)), ct);

    /// <summary>The settled visit's resources say that they do not count any more, and a reversing invoice stands beside them.</summary>
    public Task<bool> Reverse(SettlementState state, InsuredVisit insured, IReadOnlyList<FeeLine> lines, CancellationToken ct) =>
        Commit(state.Request!, "reversed", VisitResources.Reversed(state, insured, lines, Id(state)), ct);

    /// <summary>The registration was taken back.</summary>
    public Task<bool> Cancel(SettlementState state, CancellationToken ct) =>
        Commit(state.Request!, "cancelled", [VisitResources.Cancelled(state.Request!, state.Registration!.EncounterId)], ct);

    private Func<string, string> Id(SettlementState state) => kind => keys.DeriveId(kind, VisitResources.SettlementSystem, state.Request!.VisitTx);

    public string EncounterIdOf(VisitRequested request) => keys.DeriveId("Encounter", IdentifierSystems.LocalVisit(request.InstitutionCode), request.VisitNumber);

    private async Task<string?> PatientOf(VisitRequested request, CardHolder holder, CancellationToken ct)
    {
        var local = IdentifierSystems.LocalPatient(request.InstitutionCode);
        foreach (var known in await residents.PatientsOf(request.ResidentId, ct))
            if (await store.Read("Patient", known, ct) is { } json && HasIdentifier(json, local))
                return known;
        // The clinic has no record of this person yet: the card number serves as the local one.
        var patientId = keys.DeriveId("Patient", local, holder.CardNo);
        var identity = new PatientIdentity(
            patientId, request.InstitutionCode,
            [new(local, holder.CardNo), new(IdentifierSystems.ResidentId, holder.IdNumber), new(IdentifierSystems.HealthCard, holder.CardNo)],
            holder.Name, holder.Gender, holder.BirthDate);
        var identification = await residents.Identify(identity, Header(), ct);
        if (identification.ResidentId != request.ResidentId) log.LogWarning("Visit {VisitTx}: the card's holder was identified as another resident ({Basis})", request.VisitTx, identification.Basis);
        var write = VisitResources.Patient(patientId, identity);
        return await Commit(request, "patient", [write], ct, identification.ResidentId) ? patientId : null;
    }

    private async Task<bool> Commit(VisitRequested request, string step, IReadOnlyList<RecordWrite> writes, CancellationToken ct, string? residentId = null)
    {
        var batch = new RecordBatch($"card-visit|{request.VisitTx}|{step}", Header(), request.InstitutionCode, residentId ?? request.ResidentId, writes) { EffectiveAt = request.At };
        var commit = await store.Commit(batch, ct);
        if (commit.IsRefused) log.LogError("Visit {VisitTx}: records of step {Step} were refused at {Index}: {Diagnostics}", request.VisitTx, step, commit.RefusedIndex, commit.Refusal!.Diagnostics);
        return !commit.IsRefused;
    }

    private EventHeader Header() => new(node.NodeId, VisitProcess.Actor, PurposeOfUse.HPAYMT, CardBridgeModule.Source);

    private static bool HasIdentifier(ReadOnlyMemory<byte> patient, string system)
    {
        using var document = JsonDocument.Parse(patient);
        return document.RootElement.TryGetProperty("identifier", out var identifiers)
            && identifiers.EnumerateArray().Any(i => i.TryGetProperty("system", out var s) && s.GetString() == system);
    }
}
