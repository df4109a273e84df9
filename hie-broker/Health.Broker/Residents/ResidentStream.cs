using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Health.Broker.Keys;
using Health.Contracts;

namespace Health.Broker.Residents;

/// <summary>Streams of residents: folding stored events, sealing new ones.</summary>
internal sealed class ResidentStream(Keyring keyring)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static string Id(string residentId) => $"resident/{residentId}";

    /// <summary>Null when there is no such resident. Stays on the connection of <paramref name="appending"/>.</summary>
    public async Task<ResidentState?> Load(Appending appending, string residentId, CancellationToken ct) =>
        (await Load(appending, [residentId], await keyring.OfResidents(appending.Connection, [residentId], ct), ct)).GetValueOrDefault(residentId);

    /// <summary>Those that there are, in one round trip.</summary>
    /// <param name="keys">By resident; what is sealed under one that is not among them stays closed.</param>
    public static async Task<Dictionary<string, ResidentState>> Load(
        Appending appending, IReadOnlyCollection<string> residentIds, IReadOnlyDictionary<string, DataKey> keys, CancellationToken ct)
    {
        var states = new Dictionary<string, ResidentState>(StringComparer.Ordinal);
        if (residentIds.Count == 0) return states;
        var batch = appending.Session.CreateBatchQuery();
        var fetched = residentIds.Select(residentId => (residentId, Events: batch.Events.FetchStream(Id(residentId)))).ToList();
        await batch.Execute(ct);
        foreach (var (residentId, events) in fetched)
        {
            var stored = await events;
            if (stored.Count == 0) continue;
            var key = keys.GetValueOrDefault(residentId);
            states[residentId] = stored.Aggregate(
                ResidentState.Unknown(residentId), (state, happened) => state.Evolve(Open(happened.Data, residentId, happened.Version, key)));
        }

        return states;
    }

    /// <summary>The events as they are stored behind version <paramref name="before"/> of the stream.</summary>
    public static object[] Seal(IReadOnlyList<object> events, string residentId, long before, DataKey key) =>
        [.. events.Select((happened, i) => happened is IPersonal { Person: { } person } personal
            ? personal.AsSealed(key.Seal(JsonSerializer.SerializeToUtf8Bytes(person, Json), Place(residentId, before + i + 1)))
            : happened)];

    private static object Open(object happened, string residentId, long version, DataKey? key) =>
        happened is not IPersonal { Sealed.Length: > 0 } personal || key is null
            ? happened
            : personal.AsOpened(JsonSerializer.Deserialize<PersonFacts>(key.Open(personal.Sealed, Place(residentId, version)), Json));

    private static byte[] Place(string residentId, long version) => Encoding.UTF8.GetBytes($"{Id(residentId)}|{version}");
}
