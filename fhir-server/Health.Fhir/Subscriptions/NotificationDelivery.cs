using System.Numerics;
using Health.Contracts;
using Microsoft.Extensions.Logging;

namespace Health.Fhir.Subscriptions;

/// <summary>
/// What one worker does for one subscription: handshake, events in order, heartbeat. The cursor moves after the receiver has taken a
/// notification, so each event is sent at least once; a failure waits longer each time and turns to error in the end, with the cursor kept.
/// </summary>
public sealed class NotificationDelivery(
    SubscriptionTable table, SubscriptionMatcher matcher, NotificationSource source, SubscriptionStatusWriter states, RestHook hooks, WebsocketHub sockets,
    SubscriptionOptions options, NodeIdentity node, TimeProvider time, ILogger<NotificationDelivery> log)
{
    private string BaseUrl => $"{node.BaseUrl}/fhir";

    public async Task Work(LiveSubscription live, CancellationToken ct)
    {
        if (live.Settings is not { } settings)
        {
            await states.Write(live, "error", live.Fault ?? "The subscription cannot be served.", ct);
            return;
        }

        try
        {
            if (live.Status == "requested") await Begin(live, settings, ct);
            else if (live.Status == "active") await Continue(live, settings, ct);
        }
        catch (NotDeliveredException e)
        {
            await Failed(live, e.Message, ct);
        }
    }

    public bool CanReach(LiveSubscription live) => live.Settings is { Channel: "rest-hook" } || sockets.IsConnected(live.Id);

    private async Task Begin(LiveSubscription live, SubscriptionSettings settings, CancellationToken ct)
    {
        // Plain R4 knows no handshake, and a web socket greets when it is bound.
        if (settings is { IsPlain: false, Channel: "rest-hook" }) await Send(live, settings, "handshake", [], ct);
        await Taken(live, ct);
        await states.Write(live, "active", null, ct);
        // Until the log brings the new status there is nothing to do.
        live.Status = "starting";
    }

    private async Task Continue(LiveSubscription live, SubscriptionSettings settings, CancellationToken ct)
    {
        if (settings.Channel == "websocket" && sockets.TakeNew(live.Id)) await Send(live, settings, "handshake", [], ct);
        var sent = false;
        while (live.Delivered < live.Events && live.Status == "active" && live.Settings == settings)
        {
            var events = await table.Events(live.Id, live.Delivered + 1, live.Events, settings is { IsPlain: true } ? 1 : settings.MaxEvents, ct);
            if (events.Count == 0) return;
            await SendEvents(live, settings, events, ct);
            live.Delivered = events[^1].Number;
            await Taken(live, ct);
            sent = true;
        }

        if (settings.End <= time.GetUtcNow()) await states.Write(live, "off", null, ct);
        else if (!sent && settings.Heartbeat is { } period && (live.LastSent ?? default) + period <= time.GetUtcNow())
        {
            await Send(live, settings, "heartbeat", [], ct);
            await Taken(live, ct);
        }
    }

    private async Task SendEvents(LiveSubscription live, SubscriptionSettings settings, List<SubscriptionEvent> events, CancellationToken ct)
    {
        var content = settings.Content ?? (settings.Payload is null ? NotificationContent.Empty : NotificationContent.FullResource);
        var notified = await source.Read(matcher.RequestOf(settings), live.Id, events, content, "subscription-notification", ct);
        if (!settings.IsPlain)
        {
            await Send(live, settings, "event-notification", notified, ct);
            return;
        }

        if (settings.Payload is null) await hooks.Send(settings, HttpMethod.Post, null, null, ct);
        // What its reader may not see any more is passed over.
        else if (notified[0].Record is { Deleted: false, Json: { } json } record) await hooks.Send(settings, HttpMethod.Put, $"{record.ResourceType}/{record.Id}", json, ct);
    }

    private async Task Send(LiveSubscription live, SubscriptionSettings settings, string kind, IReadOnlyList<NotifiedEvent> events, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        // The count is that of the last event told, so that a receiver sees from it what it missed.
        var count = events.Count > 0 ? events[^1].Event.Number : live.Delivered;
        var notification = new Notification(kind, live.Id, live.Status, settings, count, settings.Content ?? NotificationContent.Empty, events);
        var bundle = NotificationWriter.Bundle(notification, BaseUrl, Guid.CreateVersion7(now), now);
        if (settings.Channel == "websocket") await sockets.Send(live.Id, bundle, ct);
        else await hooks.Send(settings, HttpMethod.Post, null, bundle, ct);
    }

    private async Task Taken(LiveSubscription live, CancellationToken ct)
    {
        (live.Failures, live.FailingSince, live.NextAttempt, live.LastError, live.LastSent) = (0, null, null, null, time.GetUtcNow());
        await table.SaveDelivery(live, ct);
    }

    private async Task Failed(LiveSubscription live, string reason, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        live.Failures++;
        live.FailingSince ??= now;
        live.NextAttempt = now + options.WaitAfter(live.Failures);
        live.LastError = reason;
        await table.SaveDelivery(live, ct);
        // The first failure is news, the hundredth is not.
        if (BitOperations.IsPow2(live.Failures)) log.LogWarning("Subscription {Id} was not delivered ({Reason}), {Failures} times in a row; next attempt at {Next:O}.", live.Id, reason, live.Failures, live.NextAttempt);
        if (now - live.FailingSince < options.GiveUpAfter) return;
        await states.Write(live, "error", $"{reason} Given up after {live.Failures} attempts; write the subscription again to go on from event {live.Delivered + 1}.", ct);
        live.Status = "error";
    }
}
