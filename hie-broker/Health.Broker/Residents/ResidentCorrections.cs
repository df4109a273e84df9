using Health.Broker.Keys;
using Health.Broker.Residents.Matching;
using Health.Contracts;
using JasperFx.Events;
using Marten;
using Npgsql;

namespace Health.Broker.Residents;

/// <summary>
/// Decisions of people about who is who: a Patient leaves its resident, to one of its own or to another. Whoever keeps a link that
/// presented a strong identifier keeps the identifier; one that only the moved Patient presented moves with it.
/// </summary>
internal sealed class ResidentCorrections(NpgsqlDataSource database, IDocumentStore store, Keyring keyring)
{
    /// <summary>Why a link was wrong. Codes, since free text would name persons in clear.</summary>
    public static readonly IReadOnlySet<string> Reasons = new HashSet<string>(StringComparer.Ordinal) { "borrowed-card", "linked-by-mistake", "source-corrected", "same-person" };

    private readonly ResidentTables tables = new(keyring);
    private readonly ResidentStream streams = new(keyring);

    /// <summary>The Patient gets a resident of its own; returns that resident's id.</summary>
    public Task<(string? ResidentId, Refusal? Refusal)> Unlink(string patientId, string reason, EventHeader header, CancellationToken ct) =>
        Move(patientId, null, reason, header, ct);

    /// <summary>The Patient is the given resident's; open conflicts between the two are resolved.</summary>
    public async Task<Refusal?> Link(string patientId, string residentId, string reason, EventHeader header, CancellationToken ct) =>
        (await Move(patientId, residentId, reason, header, ct)).Refusal;

    private async Task<(string? ResidentId, Refusal? Refusal)> Move(string patientId, string? targetId, string reason, EventHeader header, CancellationToken ct)
    {
        if (!Reasons.Contains(reason)) return (null, Refusal.Invalid($"reason must be one of {string.Join(", ", Reasons.Order())}."));
        await using var appending = await Appending.Begin(database, store, header, ct);
        await appending.TakeTurn(ct);
        LinkRow? link;
        await using (var command = appending.Connection.CreateCommand()) link = await ResidentTables.FindLink(command, patientId, ct);
        if (link is null) return (null, Refusal.NotFound($"Patient {patientId} is linked to no resident."));
        if (link.ResidentId == targetId) return (targetId, null);
        var from = await Existing(appending, link.ResidentId, ct);
        var to = targetId is null ? ResidentState.Unknown(RandomId.New()) : await streams.Load(appending, targetId, ct);
        if (to is null || to.IsErased) return (null, Refusal.NotFound($"There is no resident {targetId}."));

        await Append(appending, from, to, patientId, reason, ct);
        await appending.Commit(ct);
        return (to.ResidentId, null);
    }

    private async Task<ResidentState> Existing(Appending appending, string residentId, CancellationToken ct) =>
        await streams.Load(appending, residentId, ct) ?? throw new InvalidOperationException($"Resident {residentId} is in the lookup tables and has no stream.");

    private async Task Append(Appending appending, ResidentState from, ResidentState to, string patientId, string reason, CancellationToken ct)
    {
        var patient = from.Patients[patientId];
        object[] left = [new PatientUnlinked(from.ResidentId, patientId, reason)];
        var linked = new PatientLinked(to.ResidentId, patientId, patient.Institution, "manual", [], Agreement.ModelVersion) { Person = patient.Facts };
        object[] joined = to.Version == 0 ? [new ResidentRegistered(to.ResidentId, patient.Institution), linked] : [linked];

        appending.Session.Events.Append(ResidentStream.Id(from.ResidentId), from.Version + left.Length, left);
        var stored = await AppendTo(appending, to, joined, ct);
        await appending.Session.SaveChangesAsync(ct);

        var remaining = from.Evolve(left[0]).Keys;
        var moving = patient.Facts.Keys.Except(remaining).Select(tables.Blind).ToArray();
        await appending.Execute(
            "update broker.resident_key set resident_id = $2 where resident_id = $1 and blind = any($3)", [from.ResidentId, to.ResidentId, moving], ct);
        await appending.Execute(
            "update broker.patient_link set resident_id = $2, linked_seq = $3 where patient_id = $1", [patientId, to.ResidentId, stored.Events[^1].Sequence], ct);
        await appending.Execute(
            """
            update broker.identity_conflict set resolved_at = now()
            where resolved_at is null and patient_id = $1 and (other_resident_id = $2 or resident_id = $3)
            """, [patientId, to.ResidentId, from.ResidentId], ct);
    }

    private async Task<StreamAction> AppendTo(Appending appending, ResidentState to, object[] events, CancellationToken ct)
    {
        var stream = ResidentStream.Id(to.ResidentId);
        if (to.Version > 0)
        {
            var key = await keyring.Find(appending.Connection, Keyring.ResidentKeyId(to.ResidentId), ct)
                ?? throw new InvalidOperationException($"The key of resident {to.ResidentId} is missing although the resident was not erased.");
            return appending.Session.Events.Append(stream, to.Version + events.Length, ResidentStream.Seal(events, to.ResidentId, to.Version, key));
        }

        var pending = keyring.NewForResident(to.ResidentId);
        await appending.Execute([keyring.Insert([pending])], ct);
        return appending.Session.Events.StartStream(stream, ResidentStream.Seal(events, to.ResidentId, 0, pending.Key));
    }
}
