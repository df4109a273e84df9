namespace Health.Fhir.Subscriptions;

/// <summary>
/// A subscription in memory: its settings and cursors. The evaluation writes settings, version, status and <see cref="Events"/>; the delivery
/// everything else, one worker per subscription at a time.
/// </summary>
public sealed class LiveSubscription(string id)
{
    public string Id => id;
    public long Version { get; set; }
    public string Status { get; set; } = "requested";

    /// <summary>Null when the stored resource cannot be served (its grant or endpoint no longer holds).</summary>
    public SubscriptionSettings? Settings { get; set; }

    /// <summary>Why it cannot.</summary>
    public string? Fault { get; set; }

    /// <summary>Number of the last event found.</summary>
    public long Events { get; set; }

    /// <summary>Number of the last event the subscriber took.</summary>
    public long Delivered { get; set; }

    public int Failures { get; set; }
    public DateTimeOffset? FailingSince { get; set; }
    public DateTimeOffset? NextAttempt { get; set; }
    public DateTimeOffset? LastSent { get; set; }
    public string? LastError { get; set; }

    /// <summary>A worker has it in hand.</summary>
    public bool IsBusy { get; set; }

    public bool IsWatching(DateTimeOffset now) => Settings is not null && Status != "off" && !(Settings.End <= now);

    /// <summary>When it next needs a worker; null when only an event can bring that.</summary>
    /// <param name="canBeReached">A web socket is connected, or there is an address to call.</param>
    public DateTimeOffset? DueAt(DateTimeOffset now, bool canBeReached)
    {
        var ready = NextAttempt > now ? NextAttempt.Value : now;
        if (Settings is null) return Status is "requested" or "active" ? ready : null;
        if (Status is "requested") return ready;
        if (Status is not "active") return null;
        // Its end is written down once everything of before is delivered.
        if (Settings.End <= now && Events == Delivered) return ready;
        if (!canBeReached) return null;
        if (Events > Delivered) return ready;
        if (Settings.Heartbeat is not { } period) return null;
        var beat = (LastSent ?? now) + period;
        return NextAttempt > beat ? NextAttempt : beat;
    }
}
