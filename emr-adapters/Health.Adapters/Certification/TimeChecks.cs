using Health.Hl7v2;

namespace Health.Adapters.Certification;

/// <summary>Times of what has happened: on the calendar, not in the future, and in a zone that leaves no doubt about those that name none.</summary>
internal sealed class TimeChecks(TimeSpan zone, CheckTally tally)
{
    /// <summary>Clocks of hospitals differ by minutes.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(10);

    private static readonly Hl7Path[] Places =
        [.. new[]
        {
            "MSH-7.1", "EVN-2.1", "EVN-6.1", "PID-7.1", "PID-29.1", "PV1-44.1", "PV1-45.1", "ORC-9.1", "OBR-7.1", "OBR-8.1", "OBR-14.1", "OBR-22.1", "OBX-14.1", "OBX-19.1", "SPM-18.1", "RXD-3.1", "RXA-3.1",
            "TXA-6.1", "FT1-4.1", "DG1-5.1", "PR1-5.1", "PRB-7.1",
        }.Select(Hl7Path.Parse)];

    private (string ControlId, string Path)? foreign, withoutZone;
    private bool isSeen;

    public void Take(Hl7Message message, string controlId, DateTimeOffset now)
    {
        foreach (var place in Places)
        {
            foreach (var segment in message.Segments(place.Segment))
            {
                var component = segment[place.Field].Component(1);
                if (!component.IsPresent) continue;
                var path = segment.PathOf(place.Field);
                if (!Hl7Timestamp.TryParse(component.ToText().Trim(), out var time))
                {
                    tally.Fail(CheckList.Times, controlId, path, "Not a date or time of HL7 (YYYYMMDD[HHMM[SS]][+ZZZZ]).");
                    continue;
                }

                tally.Pass(CheckList.Times);
                tally.Judge(CheckList.Future, time.ToInstant(zone) <= now + Tolerance, controlId, path, "Later than the time of the check.");
                if (time.Precision < Hl7Precision.Hour || place.Segment == "PID") continue;
                isSeen = true;
                if (time.Offset is null) withoutZone ??= (controlId, path);
                else if (time.Offset != zone) foreign ??= (controlId, path);
            }
        }
    }

    /// <summary>Told at the end, when all messages are known.</summary>
    public void Conclude()
    {
        if (!isSeen) return;
        if (foreign is var (other, place) && withoutZone is var (controlId, path))
            tally.Fail(CheckList.Zones, controlId, path, $"No zone, while {place} of {other} names another than that of the profile: whether this time is of the one or the other nobody can tell.");
        else tally.Pass(CheckList.Zones);
    }
}
