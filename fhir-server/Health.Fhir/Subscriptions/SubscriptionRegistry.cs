using System.Collections.Concurrent;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;

namespace Health.Fhir.Subscriptions;

/// <summary>The subscriptions that are known, with the settings of their version in force.</summary>
public sealed class SubscriptionRegistry(SubscriptionTable table, RecordReader records, SubscriptionReader reader)
{
    private readonly ConcurrentDictionary<string, LiveSubscription> all = new();

    public IEnumerable<LiveSubscription> All => all.Values;

    public LiveSubscription? Find(string id) => all.GetValueOrDefault(id);

    public bool Holds(LiveSubscription live) => Find(live.Id) == live;

    public void Add(LiveSubscription live) => all[live.Id] = live;

    public void Remove(string id) => all.TryRemove(id, out _);

    public async Task Load(CancellationToken ct)
    {
        foreach (var live in await table.Load(ct))
        {
            Apply(live, await Read(live.Id, live.Version, ct));
            Add(live);
        }
    }

    /// <summary>The version of the Subscription as it was stored; null when it was erased.</summary>
    public async Task<JsonDocument?> Read(string id, long version, CancellationToken ct) =>
        await records.FindVersion("Subscription", id, version, new AccessFilter.Everything(), ct) is { Json: { IsEmpty: false } json } ? JsonDocument.Parse(json) : null;

    public void Apply(LiveSubscription live, JsonDocument? resource)
    {
        using (resource)
        {
            SubscriptionSettings? settings = null;
            var refusal = resource is null ? Refusal.Gone("The subscription was erased.") : reader.TryRead(live.Id, resource.RootElement, out settings);
            live.Settings = refusal is null ? settings : null;
            live.Fault = refusal?.Diagnostics;
        }
    }
}
