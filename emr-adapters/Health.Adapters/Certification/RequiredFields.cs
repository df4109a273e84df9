using Health.Hl7v2;

namespace Health.Adapters.Certification;

/// <summary>
/// What a message of a type must carry to be of use here: fields HL7 requires, and those without which a record cannot be found again or read
/// (a visit number, the state of a report).
/// </summary>
internal static class RequiredFields
{
    private static readonly HashSet<string> AboutNoVisit = ["A18", "A24", "A28", "A29", "A30", "A31", "A34", "A36", "A37", "A40", "A47"];
    private static readonly HashSet<string> Merges = ["A18", "A30", "A34", "A36", "A40", "A47"];

    private static readonly Dictionary<string, string[]> ByType = new(StringComparer.Ordinal)
    {
        ["ADT"] = ["PID-3", "PID-5", "PID-7", "PID-8"],
        ["ORU"] = ["PID-3", "OBR-4", "OBR-25", "OBX-3", "OBX-11"],
        ["OUL"] = ["PID-3", "OBR-4", "OBR-25", "OBX-3", "OBX-11"],
        ["ORM"] = ["PID-3", "ORC-1", "ORC-2"],
        ["OML"] = ["PID-3", "ORC-1", "ORC-2", "OBR-4"],
        ["OMG"] = ["PID-3", "ORC-1", "ORC-2", "OBR-4"],
        ["OMP"] = ["PID-3", "ORC-1", "ORC-2", "RXO-1"],
        ["RDE"] = ["PID-3", "ORC-1", "ORC-2", "RXE-2"],
        ["RDS"] = ["PID-3", "ORC-2", "RXD-2", "RXD-3"],
        ["RAS"] = ["PID-3", "ORC-2", "RXA-3", "RXA-5"],
        ["VXU"] = ["PID-3", "RXA-3", "RXA-5"],
        ["MDM"] = ["PID-3", "TXA-2", "TXA-12", "TXA-17"],
        ["SIU"] = ["PID-3", "SCH-2"],
        ["DFT"] = ["PID-3", "FT1-4", "FT1-6", "FT1-7"],
        ["PPR"] = ["PID-3", "PRB-3"],
        ["REF"] = ["PID-3", "RF1-6"],
        ["BAR"] = ["PID-3"],
    };

    /// <summary>The places that are missing: a segment that is not there at all, or a field of each that is.</summary>
    public static IEnumerable<string> Missing(Hl7Message message)
    {
        foreach (var name in Of(message.MessageCode, message.TriggerEvent))
        {
            var path = Hl7Path.Parse(name);
            var isThere = false;
            foreach (var segment in message.Segments(path.Segment))
            {
                isThere = true;
                if (!segment[path.Field].IsPresent) yield return segment.PathOf(path.Field);
            }

            if (!isThere) yield return path.Segment;
        }
    }

    private static IEnumerable<string> Of(string type, string trigger)
    {
        if (!ByType.TryGetValue(type, out var fields)) yield break;
        foreach (var field in fields) yield return field;
        if (type != "ADT") yield break;
        yield return "EVN-2";
        if (Merges.Contains(trigger)) yield return "MRG-1";
        if (AboutNoVisit.Contains(trigger)) yield break;
        yield return "PV1-2";
        yield return "PV1-19";
    }
}
