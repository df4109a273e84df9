using Health.Broker.Keys;
using Health.Broker.Residents.Matching;
using Health.Contracts;
using JasperFx.Events;
using Npgsql;

namespace Health.Broker.Residents;

/// <summary>Somebody who is not known as presented, and who waits to be told whose Patient this is.</summary>
internal sealed record Presenting(Presented Who, HashSet<Guid> Elements, EventHeader Header)
{
    public TaskCompletionSource<Identification> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// Identifications that share one turn of the event log: what they need is read at once, each is decided on what those before it left, and everything is
/// written at once. While the turn is held nobody else changes the index, so nothing that was read here can be overtaken.
/// </summary>
internal sealed class IdentificationGroup(Appending appending, ResidentTables tables, Keyring keyring)
{
    private sealed record Addition(long From, List<(object Stored, EventHeader Header)> Events);

    private readonly Dictionary<string, LinkRow> links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<Guid>> said = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Addition> additions = new(StringComparer.Ordinal);
    private readonly List<(StrongKey Key, string ResidentId)> learned = [];
    private readonly List<PendingKey> made = [];
    private Dictionary<StrongKey, string> owners = [];
    private Dictionary<string, ResidentState> states = [];
    private Dictionary<string, DataKey> keys = [];

    /// <summary>Takes the turn and reads all that the group is about.</summary>
    public async Task Open(IReadOnlyList<Presenting> members, CancellationToken ct)
    {
        var blinds = members.SelectMany(member => member.Who.Facts.Keys).Distinct().ToDictionary(tables.Blind);
        await appending.TakeTurn(ResidentTables.Select(members.Select(member => member.Who.PatientId).Distinct(), blinds.Keys), async reader =>
        {
            while (await reader.ReadAsync(ct)) links[reader.GetString(0)] = ResidentTables.ReadLink(reader);
            await reader.NextResultAsync(ct);
            owners = await ResidentTables.ReadOwners(reader, blinds, ct);
        }, ct);
        string[] residents = [.. members.Where(member => !IsKnown(member)).SelectMany(Concerned).Distinct()];
        keys = await keyring.OfResidents(appending.Connection, residents, ct);
        states = await ResidentStream.Load(appending, residents, keys, ct);
    }

    public Identification Decide(Presenting member)
    {
        var link = links.GetValueOrDefault(member.Who.PatientId);
        if (link is not null && IsKnown(member)) return new Identification(link.ResidentId, LinkBasis.Known);
        var decision = ResidentDecider.Identify(
            member.Who,
            link is null ? null : State(link.ResidentId),
            [.. member.Who.Facts.Keys.Where(owners.ContainsKey).Select(key => new KeyHit(key, State(owners[key])))],
            RandomId.New());
        Take(decision, member);
        return new Identification(decision.Before.ResidentId, decision.Basis);
    }

    /// <summary>Appends what was decided and writes the lookup tables. The caller commits, then calls <see cref="Committed"/>.</summary>
    public async Task Write(CancellationToken ct)
    {
        var actions = additions.Select(addition => Append(ResidentStream.Id(addition.Key), addition.Value)).ToList();
        if (actions.Count > 0) await appending.Session.SaveChangesAsync(ct);
        await appending.Execute(Lookups([.. actions.SelectMany(action => action.Events)]), ct);
    }

    public void Committed() => keyring.Keep(made);

    private bool IsKnown(Presenting member) => links.TryGetValue(member.Who.PatientId, out var link) && member.Elements.IsSubsetOf(link.Facts);

    private IEnumerable<string> Concerned(Presenting member)
    {
        if (links.TryGetValue(member.Who.PatientId, out var link)) yield return link.ResidentId;
        foreach (var key in member.Who.Facts.Keys)
            if (owners.TryGetValue(key, out var owner)) yield return owner;
    }

    private ResidentState State(string residentId) =>
        states.GetValueOrDefault(residentId) ?? throw new InvalidOperationException($"Resident {residentId} is in the lookup tables and has no stream.");

    private void Take(Decision decision, Presenting member)
    {
        var (patientId, residentId) = (member.Who.PatientId, decision.Before.ResidentId);
        if (decision.Events.Count > 0) Add(decision, member.Header);
        foreach (var key in decision.NewKeys)
        {
            owners[key] = residentId;
            learned.Add((key, residentId));
        }

        if (!said.TryGetValue(patientId, out var elements)) said[patientId] = elements = [];
        elements.UnionWith(member.Elements);
        links[patientId] = new LinkRow(residentId, links.TryGetValue(patientId, out var link) ? link.Facts.Union(member.Elements).ToHashSet() : member.Elements);
    }

    private void Add(Decision decision, EventHeader header)
    {
        var before = decision.Before;
        if (before.Version == 0)
        {
            var pending = keyring.NewForResident(before.ResidentId);
            made.Add(pending);
            keys[before.ResidentId] = pending.Key;
        }

        if (!keys.TryGetValue(before.ResidentId, out var key))
            throw new InvalidOperationException($"The key of resident {before.ResidentId} is missing although the resident was not erased.");
        if (!additions.TryGetValue(before.ResidentId, out var addition)) additions[before.ResidentId] = addition = new Addition(before.Version, []);
        addition.Events.AddRange(ResidentStream.Seal(decision.Events, before.ResidentId, before.Version, key).Select(stored => (stored, header)));
        states[before.ResidentId] = decision.Events.Aggregate(before, (state, happened) => state.Evolve(happened));
    }

    /// <summary>Each event carries the header of the message that led to it.</summary>
    private StreamAction Append(string stream, Addition addition)
    {
        object[] events = [.. addition.Events.Select(one => one.Stored)];
        var action = addition.From == 0
            ? appending.Session.Events.StartStream(stream, events)
            : appending.Session.Events.Append(stream, addition.From + events.Length, events);
        for (var i = 0; i < events.Length; i++)
        {
            var header = addition.Events[i].Header;
            foreach (var (name, value) in header.Entries()) action.Events[i].SetHeader(name, value);
            action.Events[i].CorrelationId = header.Trace;
        }

        return action;
    }

    private IEnumerable<NpgsqlBatchCommand> Lookups(IReadOnlyList<IEvent> stored)
    {
        var linked = stored.Where(happened => happened.Data is PatientLinked).ToDictionary(happened => ((PatientLinked)happened.Data).PatientId, happened => happened.Sequence);
        var raised = stored.Where(happened => happened.Data is IdentityConflictRaised).Select(happened => ((IdentityConflictRaised)happened.Data, happened.Sequence)).ToList();
        if (made.Count > 0) yield return keyring.Insert(made);
        if (linked.Count > 0)
            yield return ResidentTables.AddLinks([.. linked.Select(one => new NewLink(one.Key, links[one.Key].ResidentId, one.Value, said[one.Key]))]);
        foreach (var (patientId, elements) in said)
            if (!linked.ContainsKey(patientId)) yield return ResidentTables.Remember(patientId, elements);
        if (learned.Count > 0) yield return tables.AddKeys(learned);
        if (raised.Count > 0) yield return ResidentTables.AddConflicts(raised);
    }
}
