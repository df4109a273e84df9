using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Health.Fhir.Records;

/// <summary>Traces and figures of the module, under one name each.</summary>
public static class RecordFigures
{
    public const string Name = "Health.Fhir";

    public static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);

    /// <summary>Units that shared a commit.</summary>
    public static readonly Histogram<int> GroupSize = Meter.CreateHistogram<int>("health.fhir.commit.group_size", "{unit}");

    /// <summary>Units committed alone because their group failed.</summary>
    public static readonly Counter<int> Retried = Meter.CreateCounter<int>("health.fhir.commit.retried", "{unit}");

    /// <summary>Commits in one round trip, without reading first.</summary>
    public static readonly Counter<int> Foreseen = Meter.CreateCounter<int>("health.fhir.commit.foreseen", "{commit}");

    /// <summary>Requests by interaction and status.</summary>
    public static readonly Counter<int> Requests = Meter.CreateCounter<int>("health.fhir.requests", "{request}");
}
