using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Wire;

namespace Health.Fhir.Subscriptions;

/// <summary>
/// <c>$status</c>, <c>$events</c>, <c>$get-ws-binding-token</c>, <c>$topic-list</c>.
/// http://hl7.org/fhir/uv/subscriptions-backport/operations.html
/// </summary>
public sealed class SubscriptionOperations(SubscriptionRegistry registry, SubscriptionTable table, NotificationSource source, BindingToken tokens)
{
    private const int MostEvents = 1000;
    private static readonly HashSet<string> OfTheDoor = ["_format", "_pretty"];

    /// <summary>One subscription, or those of the parameters id and status, as a searchset of statuses.</summary>
    public async ValueTask<FhirAnswer> Status(FhirRequest request, CancellationToken ct)
    {
        if (Unknown(request, "id", "status") is { } unknown) return FhirAnswer.Of(unknown);
        var (filter, denied) = await request.Authorise(AccessKind.Read, "Subscription", ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        var wanted = Values(request, "id");
        var statuses = Values(request, "status");
        List<LiveSubscription> shown = [];
        foreach (var live in registry.All.OrderBy(live => live.Id, StringComparer.Ordinal))
        {
            if (request.Id is not null ? live.Id != request.Id : wanted.Count > 0 && !wanted.Contains(live.Id)) continue;
            if (statuses.Count > 0 && !statuses.Contains(StatusOf(live))) continue;
            if (await request.Services.Records.IsVisible("Subscription", live.Id, filter, ct)) shown.Add(live);
        }

        if (request.Id is not null && shown.Count == 0) return await NotKnown(request, "status", ct);
        await request.RecordRead("status", request.Id is null ? "Subscription" : $"Subscription/{request.Id}", null, ct);
        return new FhirAnswer(200)
        {
            Body = BundleWriter.Write("searchset", shown.Count, [("self", $"{request.BaseUrl}/Subscription/{(request.Id is null ? "" : request.Id + "/")}$status{(request.Query.Length > 0 ? "?" + request.Query : "")}")], shown, (json, live) =>
            {
                json.WriteString("fullUrl", $"{request.BaseUrl}/Subscription/{live.Id}/$status");
                json.WritePropertyName("resource");
                var error = live.Fault ?? live.LastError;
                NotificationWriter.Status(json, new Notification("query-status", live.Id, StatusOf(live), live.Settings, live.Events, NotificationContent.Empty, []) { Error = error }, request.BaseUrl, live.Id);
            }),
        };
    }

    /// <summary>Events again, from the log: <c>eventsSinceNumber</c> to <c>eventsUntilNumber</c>, both included.</summary>
    public async ValueTask<FhirAnswer> Events(FhirRequest request, CancellationToken ct)
    {
        if (Unknown(request, "eventsSinceNumber", "eventsUntilNumber", "content") is { } unknown) return FhirAnswer.Of(unknown);
        var (filter, denied) = await request.Authorise(AccessKind.Read, "Subscription", ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        if (registry.Find(request.Id!) is not { Settings: { } settings } live || !await request.Services.Records.IsVisible("Subscription", live.Id, filter, ct)) return await NotKnown(request, "events", ct);
        if (!TryNumber(request, "eventsSinceNumber", 1, out var from) || !TryNumber(request, "eventsUntilNumber", live.Events, out var to))
            return FhirAnswer.Of(Refusal.Invalid("eventsSinceNumber and eventsUntilNumber are event numbers from 1."));
        to = Math.Min(to, live.Events);
        if (to - from >= MostEvents) return FhirAnswer.Of(Refusal.TooCostly($"One answer holds at most {MostEvents} events: ask for {from} to {from + MostEvents - 1} (eventsUntilNumber), then go on."));
        // No more than the subscription may be told, whoever asks.
        var allowed = settings.Content ?? (settings.Payload is null ? NotificationContent.Empty : NotificationContent.FullResource);
        NotificationContent? asked = Value(request, "content") switch { null => allowed, "empty" => NotificationContent.Empty, "id-only" => NotificationContent.IdOnly, "full-resource" => NotificationContent.FullResource, _ => null };
        if (asked is not { } content) return FhirAnswer.Of(Refusal.Invalid("content is empty, id-only or full-resource.", "content"));
        if (content > allowed) content = allowed;
        var events = from > to ? [] : await table.Events(live.Id, from, to, MostEvents, ct);
        var notified = await source.Read(request with { Type = settings.ResourceType }, live.Id, events, content, "subscription-events", ct);
        await request.RecordRead("events", $"Subscription/{live.Id}", null, ct);
        var now = request.Services.Time.GetUtcNow();
        var notification = new Notification("query-event", live.Id, StatusOf(live), settings, live.Events, content, notified);
        return new FhirAnswer(200) { Body = NotificationWriter.Bundle(notification, request.BaseUrl, Guid.CreateVersion7(now), now) };
    }

    /// <summary>A token by which a web socket is bound to subscriptions of that channel.</summary>
    public async ValueTask<FhirAnswer> BindingTokenFor(FhirRequest request, CancellationToken ct)
    {
        if (Unknown(request, "id") is { } unknown) return FhirAnswer.Of(unknown);
        // Whoever is told of the events must be allowed to change what they are about: the institution that wrote the subscription.
        var (filter, denied) = await request.Authorise(AccessKind.Update, "Subscription", ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        List<string> ids = request.Id is { } one ? [one] : Values(request, "id");
        if (ids.Count == 0) return FhirAnswer.Of(Refusal.Invalid("Name the subscriptions: $get-ws-binding-token?id=…", "id"));
        foreach (var id in ids)
        {
            var live = registry.Find(id);
            if (live is null || !await request.Services.Records.IsVisible("Subscription", id, filter, ct)) return await NotKnown(request with { Id = id }, "get-ws-binding-token", ct);
            if (live.Settings?.Channel != "websocket") return FhirAnswer.Of(Refusal.Unprocessable($"Subscription/{id} is not of the channel websocket."));
        }

        var (token, expires) = tokens.Write(ids);
        await request.RecordRead("get-ws-binding-token", request.Id is null ? "Subscription" : $"Subscription/{request.Id}", null, ct, action: "E");
        return ParametersAnswer.Of(json =>
        {
            ParametersAnswer.Value(json, "token", "valueString", token);
            ParametersAnswer.Value(json, "expiration", "valueDateTime", ResourceBytes.Instant(expires));
            foreach (var id in ids) ParametersAnswer.Value(json, "subscription", "valueString", id);
            ParametersAnswer.Value(json, "websocket-url", "valueUrl", $"ws{request.BaseUrl["http".Length..]}/{SubscriptionsFeature.SocketPath}");
        });
    }

    public static async ValueTask<FhirAnswer> Topics(FhirRequest request, CancellationToken ct)
    {
        await request.RecordRead("topic-list", null, null, ct);
        return ParametersAnswer.Of(json =>
        {
            foreach (var topic in SubscriptionTopic.All) ParametersAnswer.Value(json, "subscription-topic-canonical", "valueCanonical", topic.Canonical);
        });
    }

    // "starting" is requested for whoever asks: the log has not brought the answer yet.
    private static string StatusOf(LiveSubscription live) => live.Status == "starting" ? "requested" : live.Status;

    private static Refusal? Unknown(FhirRequest request, params string[] known)
    {
        foreach (var name in request.Parameters.Keys)
            if (!known.Contains(name) && !OfTheDoor.Contains(name)) return Refusal.NotSupported($"The parameter '{name}' is not known here. Known: {string.Join(", ", known)}.", name);
        return OperationParameters.Check(request.Body);
    }

    private static async ValueTask<FhirAnswer> NotKnown(FhirRequest request, string interaction, CancellationToken ct)
    {
        var unknown = Refusal.NotFound($"Subscription/{request.Id} is not known, or not followed yet.");
        await request.RecordRefusal("R", interaction, $"Subscription/{request.Id}", unknown, ct);
        return FhirAnswer.Of(unknown);
    }

    private static string? Value(FhirRequest request, string name) => Values(request, name) is [.., var last] ? last : null;

    /// <summary>Values of the query and of a Parameters body.</summary>
    private static List<string> Values(FhirRequest request, string name)
    {
        List<string> values = request.Parameters.TryGetValue(name, out var given) ? [.. given.SelectMany(value => (value ?? "").Split(','))] : [];
        if (!request.Body.IsEmpty) values.AddRange(OperationParameters.Of(request.Body, name));
        return values;
    }

    private static bool TryNumber(FhirRequest request, string name, long whenAbsent, out long number)
    {
        number = whenAbsent;
        return Value(request, name) is not { } text || (long.TryParse(text, out number) && number > 0);
    }
}
