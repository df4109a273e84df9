using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;

namespace Health.Fhir.Subscriptions;

/// <summary>Writes what became of a subscription into the resource itself: a version like any other, by the platform.</summary>
public sealed class SubscriptionStatusWriter(RecordCommitter committer, RecordReader records, NodeIdentity node)
{
    /// <param name="error">Null removes what stood there.</param>
    public async Task Write(LiveSubscription live, string status, string? error, CancellationToken ct)
    {
        if (await records.Find("Subscription", live.Id, new AccessFilter.Everything(), ct) is not { Deleted: false } stored) return;
        var patch = JsonSerializer.SerializeToUtf8Bytes(new { status, error });
        var write = new RecordWrite(WriteKind.Merge, "Subscription", live.Id, patch) { ExpectedVersion = live.Version };
        var header = new EventHeader(node.NodeId, "platform:subscriptions", PurposeOfUse.HOPERAT, "fhir");
        // Refused when the client changed it meanwhile: then the log brings the change, and everything starts anew.
        await committer.Commit(new WriteUnit(header, stored.InstitutionCode, [new UnitWrite(write)]), ct);
    }
}
