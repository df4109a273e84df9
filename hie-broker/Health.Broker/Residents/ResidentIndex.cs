using Health.Broker.Keys;
using Health.Broker.Residents.Matching;
using Health.Contracts;
using JasperFx.Events;
using Marten;
using Npgsql;

namespace Health.Broker.Residents;

/// <summary>
/// The index of persons. A repeat costs one indexed query. Anything else: read, decide, seal, take the turn of the event log, append with
/// the expected version; whoever is overtaken decides again, now with the turn taken before reading.
/// </summary>
internal sealed class ResidentIndex(NpgsqlDataSource database, IDocumentStore store, Keyring keyring) : IResidentIndex, IDisposable
{
    private readonly ResidentTables tables = new(keyring);
    private readonly ResidentStream streams = new(keyring);
    private readonly LinkLookups links = new(database);

    public async ValueTask<Identification> Identify(PatientIdentity identity, EventHeader header, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(identity.PatientId);
        var presented = new Presented(identity.PatientId, identity.InstitutionCode, PersonFacts.Of(identity));
        var elements = tables.Elements(presented.PatientId, presented.Facts);
        await using (var command = database.CreateCommand())
        {
            if (await ResidentTables.FindLink(command, presented.PatientId, ct) is { } link && elements.IsSubsetOf(link.Facts))
                return new Identification(link.ResidentId, LinkBasis.Known);
        }

        try
        {
            return await Attempt(presented, elements, header, turnFirst: false, ct);
        }
        catch (Exception e) when (IsOvertaken(e))
        {
            return await Attempt(presented, elements, header, turnFirst: true, ct);
        }
    }

    public ValueTask<string?> ResidentOf(string patientId, CancellationToken ct) => links.ResidentOf(patientId, ct);

    public async ValueTask<IReadOnlyList<string>> PatientsOf(string residentId, CancellationToken ct) => await links.PatientsOf(residentId, ct);

    public async ValueTask<string?> Find(PersonIdentifier identifier, CancellationToken ct)
    {
        if (StrongKey.Of(identifier) is not { } key) return null;
        await using var command = database.CreateCommand();
        return (await tables.FindKeys(command, [key], ct)).GetValueOrDefault(key);
    }

    public void Dispose() => links.Dispose();

    private async Task<Identification> Attempt(Presented presented, HashSet<Guid> elements, EventHeader header, bool turnFirst, CancellationToken ct)
    {
        await using var appending = await Appending.Begin(database, store, header, ct);
        if (turnFirst) await appending.TakeTurn(ct);
        var decision = await Decide(appending, presented, ct);
        if (decision.Events.Count > 0) await Append(appending, decision, presented, elements, ct);
        else await ResidentTables.Remember(appending, presented.PatientId, elements, ct);
        await appending.Commit(ct);
        return new Identification(decision.Before.ResidentId, decision.Basis);
    }

    private async Task<Decision> Decide(Appending appending, Presented presented, CancellationToken ct)
    {
        LinkRow? link;
        await using (var command = appending.Connection.CreateCommand()) link = await ResidentTables.FindLink(command, presented.PatientId, ct);
        IReadOnlyDictionary<StrongKey, string> owners;
        await using (var command = appending.Connection.CreateCommand()) owners = await tables.FindKeys(command, presented.Facts.Keys, ct);

        var states = new Dictionary<string, ResidentState>(StringComparer.Ordinal);
        foreach (var residentId in owners.Values.Append(link?.ResidentId).OfType<string>().Distinct())
            states[residentId] = await streams.Load(appending, residentId, ct)
                ?? throw new InvalidOperationException($"Resident {residentId} is in the lookup tables and has no stream.");
        return ResidentDecider.Identify(
            presented,
            link is null ? null : states[link.ResidentId],
            [.. owners.Select(owner => new KeyHit(owner.Key, states[owner.Value]))],
            RandomId.New());
    }

    private async Task Append(Appending appending, Decision decision, Presented presented, HashSet<Guid> elements, CancellationToken ct)
    {
        var residentId = decision.Before.ResidentId;
        var isNew = decision.Before.Version == 0;
        DataKey key;
        if (isNew)
        {
            var pending = keyring.NewForResident(residentId);
            await using var insert = pending.Insert(appending.Connection);
            await insert.ExecuteNonQueryAsync(ct);
            key = pending.Key;
        }
        else
        {
            key = await keyring.Find(appending.Connection, Keyring.ResidentKeyId(residentId), ct)
                ?? throw new OvertakenException($"The key of resident {residentId} was destroyed meanwhile.");
        }

        var events = ResidentStream.Seal(decision.Events, residentId, decision.Before.Version, key);
        var stream = ResidentStream.Id(residentId);
        await appending.TakeTurn(ct);
        var action = isNew
            ? appending.Session.Events.StartStream(stream, events)
            : appending.Session.Events.Append(stream, decision.Before.Version + events.Length, events);
        await appending.Session.SaveChangesAsync(ct);
        await WriteLookups(appending, decision, presented, elements, action.Events, ct);
    }

    private async Task WriteLookups(
        Appending appending, Decision decision, Presented presented, HashSet<Guid> elements, IReadOnlyList<IEvent> stored, CancellationToken ct)
    {
        var isLinkedNow = false;
        foreach (var happened in stored)
        {
            if (happened.Data is PatientLinked linked)
            {
                await ResidentTables.AddLink(appending, linked.PatientId, linked.ResidentId, happened.Sequence, elements, ct);
                isLinkedNow = true;
            }
            else if (happened.Data is IdentityConflictRaised conflict)
            {
                await ResidentTables.AddConflict(appending, conflict, happened.Sequence, ct);
            }
        }

        if (!isLinkedNow) await ResidentTables.Remember(appending, presented.PatientId, elements, ct);
        await tables.AddKeys(appending, decision.Before.ResidentId, decision.NewKeys, ct);
    }

    private static bool IsOvertaken(Exception e) =>
        e is OvertakenException or PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } or EventStreamUnexpectedMaxEventIdException
        || e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    private sealed class OvertakenException(string message) : Exception(message);
}
