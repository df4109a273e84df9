using Health.Contracts;
using Health.Fhir.Search;

namespace Health.Fhir.Subscriptions;

/// <summary>What a notification says of each event. http://hl7.org/fhir/uv/subscriptions-backport/CodeSystem/backport-content-code-system</summary>
public enum NotificationContent { Empty, IdOnly, FullResource }

/// <summary>
/// A Subscription as it was understood. http://hl7.org/fhir/R4/subscription.html and the R5 backport
/// (http://hl7.org/fhir/uv/subscriptions-backport).
/// </summary>
/// <param name="Criteria">What the version must match, parsed; one search of one type.</param>
/// <param name="Topic">Null where the criteria are a search of their own (R4).</param>
public sealed record SubscriptionSettings(string Id, string Status, Caller Subscriber, SearchQuery Criteria, SubscriptionTopic? Topic)
{
    public SearchQuery? NotBefore { get; init; }

    /// <summary><c>rest-hook</c> or <c>websocket</c>.</summary>
    public required string Channel { get; init; }

    public Uri? Endpoint { get; init; }
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>Media type of channel.payload; null where a bare signal is wanted.</summary>
    public string? Payload { get; init; }

    /// <summary>Null for a subscription in the plain form of R4: a bare POST, or a PUT of each resource.</summary>
    public NotificationContent? Content { get; init; }

    public TimeSpan? Heartbeat { get; init; }
    public TimeSpan? Timeout { get; init; }
    public int MaxEvents { get; init; } = DefaultMaxEvents;
    public DateTimeOffset? End { get; init; }

    public const int DefaultMaxEvents = 20, MostEvents = 100;

    public string ResourceType => Criteria.Type;
    public bool IsPlain => Content is null;
    public bool OnDelete => Topic?.OnDelete == true;

    /// <summary>A criterion that looks at other resources must be judged at the very moment of each version.</summary>
    public bool LooksAround => Criteria.Criteria.Any(criterion => criterion is Criterion.Chain or Criterion.Has);
}
