using Health.Broker.Keys;
using Health.Broker.Residents.Matching;
using Health.Contracts;
using Marten;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Broker.Residents;

/// <summary>
/// The index of persons. A repeat costs a share of one indexed query. Everyone else who waits meanwhile is identified together: one turn of the event log,
/// one reading, one writing, each with an outcome of its own (<see cref="IdentificationGroup"/>).
/// </summary>
internal sealed class ResidentIndex : IResidentIndex, IDisposable
{
    private const int GroupMost = 128;
    private readonly NpgsqlDataSource database;
    private readonly IDocumentStore store;
    private readonly Keyring keyring;
    private readonly ILogger<ResidentIndex> log;
    private readonly ResidentTables tables;
    private readonly LinkLookups links;
    private readonly Coalescer<Presenting> groups;

    public ResidentIndex(NpgsqlDataSource database, IDocumentStore store, Keyring keyring, ILogger<ResidentIndex> log)
    {
        (this.database, this.store, this.keyring, this.log) = (database, store, keyring, log);
        tables = new ResidentTables(keyring);
        links = new LinkLookups(database);
        groups = new Coalescer<Presenting>(1, GroupMost, (_, group) => Settle(group));
    }

    public async ValueTask<Identification> Identify(PatientIdentity identity, EventHeader header, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(identity.PatientId);
        var presented = new Presented(identity.PatientId, identity.InstitutionCode, PersonFacts.Of(identity));
        var elements = tables.Elements(presented.PatientId, presented.Facts);
        if (await links.LinkOf(presented.PatientId, ct) is { } link && elements.IsSubsetOf(link.Facts)) return new Identification(link.ResidentId, LinkBasis.Known);
        var presenting = new Presenting(presented, elements, header);
        groups.Add(presenting);
        return await presenting.Done.Task.WaitAsync(ct);
    }

    public ValueTask<string?> ResidentOf(string patientId, CancellationToken ct) => links.ResidentOf(patientId, ct);

    public async ValueTask<IReadOnlyList<string>> PatientsOf(string residentId, CancellationToken ct) => await links.PatientsOf(residentId, ct);

    public async ValueTask<string?> Find(PersonIdentifier identifier, CancellationToken ct)
    {
        if (StrongKey.Of(identifier) is not { } key) return null;
        await using var command = database.CreateCommand();
        return (await tables.FindKeys(command, [key], ct)).GetValueOrDefault(key);
    }

    public Guid? BlindOf(PersonIdentifier identifier) => StrongKey.Of(identifier) is { } key ? tables.Blind(key) : null;

    public void Dispose() => links.Dispose();

    /// <summary>A member that spoils the group is found by trying each alone, and never fails its neighbours.</summary>
    private async Task Settle(IReadOnlyList<Presenting> group)
    {
        try
        {
            var results = await Commit(group);
            for (var i = 0; i < group.Count; i++) group[i].Done.SetResult(results[i]);
        }
        catch (Exception e) when (group.Count > 1 && !Failures.IsOfInfrastructure(e))
        {
            log.LogWarning("A group of {Count} identifications failed together ({Failure}); each is tried alone.", group.Count, e.GetType().Name);
            foreach (var one in group) await Settle([one]);
        }
        catch (Exception e)
        {
            foreach (var one in group) one.Done.TrySetException(e);
        }
    }

    private async Task<List<Identification>> Commit(IReadOnlyList<Presenting> members)
    {
        // Whoever gave up waiting is identified all the same: the group is not theirs alone.
        var ct = CancellationToken.None;
        await using var appending = await Appending.Begin(database, store, null, ct);
        var group = new IdentificationGroup(appending, tables, keyring);
        await group.Open(members, ct);
        var results = members.Select(group.Decide).ToList();
        await group.Write(ct);
        await appending.Commit(ct);
        group.Committed();
        return results;
    }
}
