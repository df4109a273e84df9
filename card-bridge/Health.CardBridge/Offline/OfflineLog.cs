using Health.CardBridge.Issuing;
using Health.CardBridge.Log;
using Health.Contracts;

namespace Health.CardBridge.Offline;

/// <summary>The streams of offline visits, and their sealed parts.</summary>
public sealed class OfflineLog(EventWriter events, IKeyring keys)
{
    public static string StreamOf(string visitTx) => $"offline-visit/{visitTx}";

    public async Task<(OfflineVisitState State, long Version)> Load(string visitTx, CancellationToken ct)
    {
        var facts = await events.Read<IOfflineFact>(StreamOf(visitTx), ct);
        return (OfflineVisitState.Of(facts), facts.Count);
    }

    /// <summary>Under the resident's key; under the node's while nobody knows whose it is.</summary>
    public async ValueTask<SealedPayload> Seal<T>(string? residentId, string visitTx, string part, T value, CancellationToken ct) =>
        SealedPayload.Of(residentId is null ? keys.Node : await keys.ForResident(residentId, ct), Place(visitTx, part), value);

    public ValueTask<CardHolder?> Holder(OfflineVisitRegistered registration, CancellationToken ct) => registration.Holder.Open<CardHolder>(keys, Place(registration.VisitTx, "holder"), ct);

    public ValueTask<BoundPurse?> Purse(string visitTx, OfflineDebitIntended debit, CancellationToken ct) => debit.PurseNumber.Open<BoundPurse>(keys, Place(visitTx, "purse"), ct);

    private static string Place(string visitTx, string part) => $"{StreamOf(visitTx)}|{part}";
}
