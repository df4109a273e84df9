using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;

namespace Health.Fhir.Subscriptions;

/// <summary>
/// Reads the versions that events are about, as far as their reader may still see them, and records the disclosure before anything is sent.
/// </summary>
public sealed class NotificationSource(RecordReader records)
{
    /// <param name="request">In the name of whoever will see it.</param>
    public async Task<IReadOnlyList<NotifiedEvent>> Read(FhirRequest request, string subscriptionId, IReadOnlyList<SubscriptionEvent> events, NotificationContent content, string interaction, CancellationToken ct)
    {
        if (content == NotificationContent.Empty || events.Count == 0) return [.. events.Select(e => new NotifiedEvent(e, null))];
        var permitted = await request.Services.Policy.Decide(new AccessRequest(request.Caller, AccessKind.Read, request.Type!), ct);
        var filter = permitted is AccessDecision.Permit permit ? permit.Filter : new AccessFilter.Nothing();
        var found = (await records.BySequences([.. events.Select(e => e.Sequence)], filter, ct)).ToDictionary(record => record.Sequence);
        List<NotifiedEvent> notified = [.. events.Select(e => new NotifiedEvent(e, found.GetValueOrDefault(e.Sequence)))];
        // Concurrent calls share a commit.
        await Task.WhenAll(found.Values.Select(record => request.RecordRead(
            interaction, $"{record.ResourceType}/{record.Id}/_history/{record.Version}", record.ResidentId, ct, $"Subscription/{subscriptionId}").AsTask()));
        return notified;
    }
}
