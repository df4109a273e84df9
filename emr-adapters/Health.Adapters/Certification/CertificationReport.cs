using System.Text.Json.Serialization;

namespace Health.Adapters.Certification;

/// <summary>What became of one item of the check list.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckResult>))]
public enum CheckResult
{
    [JsonStringEnumMemberName("pass")]
    Pass,
    [JsonStringEnumMemberName("fail")]
    Fail,
    /// <summary>No message was of the kind that would show it.</summary>
    [JsonStringEnumMemberName("not-seen")]
    NotSeen,
}

/// <summary>Where an item was found wrong. No value of the message, so nothing that names a person.</summary>
/// <param name="ControlId">MSH-10.</param>
/// <param name="Path">Place such as <c>PID-3</c>; empty where the message as a whole is meant.</param>
public sealed record CheckEvidence(string ControlId, string Path, string Text);

/// <summary>One item of the check list with its result.</summary>
/// <param name="IsRequired">Whether a failure keeps the hospital from being connected.</param>
/// <param name="Seen">How often it could be judged.</param>
/// <param name="Failures">How often it was wrong; <paramref name="Evidence"/> holds the first of them.</param>
public sealed record CheckedItem(string Id, string Chinese, string English, bool IsRequired, CheckResult Result, int Seen, int Failures, IReadOnlyList<CheckEvidence> Evidence);

/// <summary>A code of the hospital's own that nothing translates yet: a line of the work list.</summary>
/// <param name="Place">Field such as <c>OBX-3</c>.</param>
/// <param name="System">CWE.3 as sent; null where the code names none.</param>
/// <param name="Display">CWE.2, the name of the thing.</param>
public sealed record LocalCodeCount(string Place, string? System, string Code, string? Display, int Count, string ControlId, string Path);

/// <summary>A field that carries something and has no mapping.</summary>
public sealed record UnmappedFieldCount(string Path, int Count, string ControlId);

/// <summary>Messages of one day (MSH-7, in the zone of the source) and type.</summary>
/// <param name="Quarantined">Of those that arrived, how many did not or would not become records.</param>
public sealed record DayCount(DateOnly Day, string Type, int Arrived, int Quarantined);

/// <summary>A line of the hospital's own counts beside ours.</summary>
public sealed record CompletenessLine(DateOnly Day, string Type, int Expected, int Arrived, int Quarantined);

/// <summary>A dry run of one source's interface against the check list.</summary>
public sealed record CertificationReport(
    string Source, string Institution, DateTimeOffset At, int Messages, IReadOnlyList<CheckedItem> Items, IReadOnlyList<LocalCodeCount> LocalCodes,
    IReadOnlyList<UnmappedFieldCount> UnmappedFields, IReadOnlyList<DayCount> Counts)
{
    /// <summary>Beside the hospital's own counts; empty where none were given.</summary>
    public IReadOnlyList<CompletenessLine> Completeness { get; init; } = [];

    /// <summary>Whether more messages were there than one run looks at.</summary>
    public bool IsCut { get; init; }

    /// <summary>No required item failed. One that was not seen is no failure, and no success either.</summary>
    public bool IsPassed => Items.All(item => !item.IsRequired || item.Result != CheckResult.Fail);
}
