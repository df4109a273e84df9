using System.Globalization;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Search;

namespace Health.Fhir.Subscriptions;

/// <summary>Reads a Subscription strictly: what it cannot do as asked is refused with its place.</summary>
public sealed class SubscriptionReader(SearchEngine search, SubscriptionGrant grants, EndpointGuard guard)
{
    private const string Backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";
    private const int MostHeaders = 16, MostCriteriaCharacters = 2000;
    private const int ShortestHeartbeatSeconds = 1, LongestTimeoutSeconds = 120;

    /// <summary>Settings of a stored resource.</summary>
    public Refusal? TryRead(string id, JsonElement resource, out SubscriptionSettings settings)
    {
        settings = null!;
        return grants.Read(id, Extension(resource, SubscriptionGrant.Extension)) is { } caller
            ? TryRead(id, resource, caller, out settings)
            : Refusal.Unprocessable("The subscription does not say for whom it looks: write it again.");
    }

    public Refusal? TryRead(string id, JsonElement resource, Caller subscriber, out SubscriptionSettings settings)
    {
        settings = null!;
        if (Text(resource, "criteria") is not { Length: > 0 and <= MostCriteriaCharacters } text)
            return Refusal.Unprocessable($"criteria is a search such as Observation?code=… or a topic, of at most {MostCriteriaCharacters} characters.", "Subscription.criteria");
        if (!resource.TryGetProperty("channel", out var channel)) return Refusal.Unprocessable("A subscription has a channel.", "Subscription.channel");
        if (TryCriteria(resource, text, out var topic, out var criteria) is { } refusal) return refusal;
        var status = Text(resource, "status") ?? "requested";
        if (TryChannel(channel, new SubscriptionSettings(id, status, subscriber, criteria, topic) { Channel = "" }, out settings) is { } inChannel) return inChannel;
        if (topic is { NotBefore.Length: > 0 })
        {
            if (search.TryRead(topic.ResourceType, topic.NotBefore, out var before) is { } broken) throw new InvalidOperationException($"Topic {topic.Name}: {broken.Diagnostics}");
            settings = settings with { NotBefore = before };
        }

        if (Text(resource, "end") is { } end && DateTimeOffset.TryParse(end, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until)) settings = settings with { End = until };
        return null;
    }

    private Refusal? TryCriteria(JsonElement resource, string text, out SubscriptionTopic? topic, out SearchQuery criteria)
    {
        criteria = null!;
        topic = null;
        var mark = text.IndexOf('?');
        var (type, query) = mark < 0 ? (text, "") : (text[..mark], text[(mark + 1)..]);
        var place = "Subscription.criteria";
        if (text.Contains(':') && mark < 0)
        {
            topic = SubscriptionTopic.Find(text);
            if (topic is null) return Refusal.Unprocessable($"There is no topic '{text}'. Topics: {string.Join(", ", SubscriptionTopic.All.Select(known => known.Canonical))}.", place);
            var filter = resource.TryGetProperty("_criteria", out var extended) ? Extension(extended, Backport + "backport-filter-criteria") : null;
            if (filter is not null && !filter.StartsWith(topic.ResourceType + "?", StringComparison.Ordinal))
                return Refusal.Unprocessable($"A filter of this topic is written {topic.ResourceType}?…", place + ".extension");
            (type, query) = (topic.ResourceType, string.Join('&', new[] { topic.After, filter?[(topic.ResourceType.Length + 1)..] ?? "" }.Where(part => part.Length > 0)));
        }

        if (search.TryRead(type, query, out criteria) is { } refusal) return new Refusal(422, refusal.Code, refusal.Diagnostics, place);
        var isSearchOnly = criteria is { Sort.Count: 0, Includes.Count: 0, Elements.Count: 0, AsOf: null, Page: null, IsCountOnly: false };
        return isSearchOnly ? null : Refusal.Unprocessable("Criteria of a subscription hold search parameters only, none that shape a result.", place);
    }

    private Refusal? TryChannel(JsonElement channel, SubscriptionSettings draft, out SubscriptionSettings settings)
    {
        settings = draft;
        var kind = Text(channel, "type");
        if (kind is not ("rest-hook" or "websocket")) return Refusal.Unprocessable($"The channel '{kind}' is not supported; supported: rest-hook, websocket.", "Subscription.channel.type");
        var endpoint = Text(channel, "endpoint");
        if (kind == "rest-hook" && guard.Check(endpoint) is { } refusal) return refusal;
        List<string> headers = channel.TryGetProperty("header", out var list) ? [.. list.EnumerateArray().Select(line => line.GetString() ?? "")] : [];
        if (headers.Count > MostHeaders) return Refusal.Unprocessable($"A channel has at most {MostHeaders} headers.", "Subscription.channel.header");
        for (var i = 0; i < headers.Count; i++)
            if (EndpointGuard.CheckHeader(headers[i], i) is { } bad) return bad;
        var payload = Text(channel, "payload");
        if (payload is not (null or "" or "application/fhir+json" or "application/json"))
            return Refusal.Unprocessable($"The payload '{payload}' is not supported; supported: application/fhir+json.", "Subscription.channel.payload");
        NotificationContent? content = null;
        if (channel.TryGetProperty("_payload", out var extended) && Extension(extended, Backport + "backport-payload-content") is { } asked)
        {
            content = asked switch { "empty" => NotificationContent.Empty, "id-only" => NotificationContent.IdOnly, "full-resource" => NotificationContent.FullResource, _ => null };
            if (content is null) return Refusal.Unprocessable($"The content '{asked}' is none of empty, id-only, full-resource.", "Subscription.channel.payload.extension");
        }

        // A topic, or a web socket, has no form in plain R4.
        if (content is null && (draft.Topic is not null || kind == "websocket")) content = NotificationContent.IdOnly;
        settings = draft with
        {
            Channel = kind, Endpoint = kind == "rest-hook" ? new Uri(endpoint!) : null, Headers = headers, Payload = payload is "" ? null : payload, Content = content,
            Heartbeat = Seconds(channel, "backport-heartbeat-period", ShortestHeartbeatSeconds, int.MaxValue),
            Timeout = Seconds(channel, "backport-timeout", 1, LongestTimeoutSeconds),
            MaxEvents = int.TryParse(Extension(channel, Backport + "backport-max-count"), out var most) ? Math.Clamp(most, 1, SubscriptionSettings.MostEvents) : SubscriptionSettings.DefaultMaxEvents,
        };
        return null;
    }

    private static TimeSpan? Seconds(JsonElement channel, string name, int least, int most) =>
        int.TryParse(Extension(channel, Backport + name), out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(Math.Clamp(seconds, least, most)) : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The value of an extension as text, whatever its type.</summary>
    private static string? Extension(JsonElement element, string url)
    {
        if (!element.TryGetProperty("extension", out var extensions) || extensions.ValueKind != JsonValueKind.Array) return null;
        foreach (var extension in extensions.EnumerateArray())
            if (Text(extension, "url") == url)
                foreach (var member in extension.EnumerateObject())
                    if (member.Name.StartsWith("value", StringComparison.Ordinal)) return member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : member.Value.GetRawText();
        return null;
    }
}
