using System.Diagnostics;
using System.Diagnostics.Metrics;
using Health.Adapters.Inbox;

namespace Health.Adapters;

/// <summary>Traces and figures of this module; both under the name <c>Health.Adapters</c>.</summary>
internal static class AdapterTelemetry
{
    public const string Name = "Health.Adapters";
    public static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Received = Meter.CreateCounter<long>("health.adapters.received", "{message}", "Messages stored or recognised as a repeat.");
    private static readonly Counter<long> Rejected = Meter.CreateCounter<long>("health.adapters.rejected", "{message}", "Messages answered AR.");
    private static readonly Counter<long> Accepted = Meter.CreateCounter<long>("health.adapters.accepted", "{message}", "Messages that became records.");
    private static readonly Counter<long> Quarantined = Meter.CreateCounter<long>("health.adapters.quarantined", "{message}", "Messages that wait for a person.");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("health.adapters.processing", "s", "From receipt to record or quarantine.");
    private static readonly Counter<long> Sent = Meter.CreateCounter<long>("health.adapters.sent", "{attempt}", "Attempts to deliver a message to a destination, by outcome.");

    static AdapterTelemetry()
    {
        Meter.CreateObservableGauge("health.adapters.waiting", () => Backlog?.Waiting ?? 0, "{message}", "Messages acknowledged and not processed yet.");
        Meter.CreateObservableGauge("health.adapters.lag", () => Backlog?.OldestSeconds ?? 0, "s", "Since the oldest of them was received.");
    }

    /// <summary>As it was read last; null before the first time.</summary>
    public static BacklogState? Backlog { get; set; }

    public static void CountSent(string destination, string outcome) => Sent.Add(1, new("destination", destination), new("outcome", outcome));

    public static void CountReceived(string source, string type, StoreKind kind) =>
        Received.Add(1, new("source", source), new("type", type), new("outcome", kind.ToString().ToLowerInvariant()));

    public static void CountRejected(string reason) => Rejected.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public static void CountProcessed(string source, string type, string? errCode, TimeSpan sinceReceipt)
    {
        if (errCode is null) Accepted.Add(1, new("source", source), new("type", type));
        else Quarantined.Add(1, new("source", source), new("type", type), new("code", errCode));
        Duration.Record(sinceReceipt.TotalSeconds, new KeyValuePair<string, object?>("source", source));
    }
}
