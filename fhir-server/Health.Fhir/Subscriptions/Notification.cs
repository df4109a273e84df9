using Health.Fhir.Records;

namespace Health.Fhir.Subscriptions;

/// <summary>An event as a subscriber is told of it. <paramref name="Record"/> is null where the content is empty, or the subscriber may not see it (any more).</summary>
public sealed record NotifiedEvent(SubscriptionEvent Event, StoredRecord? Record);

/// <summary>A notification of one subscription. <paramref name="Kind"/>: handshake, heartbeat, event-notification, query-status, query-event.</summary>
public sealed record Notification(string Kind, string SubscriptionId, string Status, SubscriptionSettings? Settings, long EventsSinceStart, NotificationContent Content, IReadOnlyList<NotifiedEvent> Events)
{
    public string? Error { get; init; }
}
