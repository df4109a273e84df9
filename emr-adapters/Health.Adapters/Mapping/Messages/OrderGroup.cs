using Health.Adapters.Mapping.Segments;
using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>One OBR with the ORC before it and everything up to the next order: positions [Obr, End) of the message.</summary>
internal readonly record struct OrderGroup(SegmentView Orc, SegmentView Obr, int End)
{
    /// <summary>All orders of the message.</summary>
    public static List<OrderGroup> Of(Hl7Message message)
    {
        var groups = new List<OrderGroup>();
        for (var i = 0; i < message.SegmentCount; i++)
        {
            if (!message.SegmentAt(i).Is("OBR")) continue;
            var end = i + 1;
            while (end < message.SegmentCount && message.SegmentAt(end) is var next && !next.Is("OBR") && !next.Is("ORC") && !next.Is("PID")) end++;
            groups.Add(new OrderGroup(message.SegmentAt(OrcBefore(message, i)), message.SegmentAt(i), end));
        }

        return groups;
    }

    public (string? Number, string? Namespace) Filler => Number(3);

    public (string? Number, string? Namespace) Placer => Number(2);

    /// <summary>
    /// The order among those of the institution: filler number, else placer number, with the service asked for; else this message and the
    /// place in it.
    /// </summary>
    public string Key(MappingRun run)
    {
        var (number, space) = Filler.Number is not null ? Filler : Placer;
        return number is null
            ? $"{run.Message.ControlId}|{Obr.Occurrence}"
            : $"{number}^{space}|{Obr[4].Text(1) ?? Obr[4].Text(2)}";
    }

    /// <summary>What this OBR says about the observations below it.</summary>
    public Obx.Order Observations(string key, string? specimenId) => new(
        key, Obr[7], Obr[8], Obr[25].Text(1) switch { "F" => "final", "C" => "corrected", "P" => "preliminary", _ => null }, Category(Obr[24].Text(1)), specimenId);

    /// <summary>For observations that stand below no order.</summary>
    public static Obx.Order WithoutOrder(MappingRun run)
    {
        var none = run.Message.SegmentAt(-1);
        return new Obx.Order(run.Message.ControlId, none[7], none[8], null, null, null);
    }

    /// <summary>Of the diagnostic services (table 0074): laboratories and imaging have a category of their own in FHIR.</summary>
    private static string? Category(string? service) => service switch
    {
        "BG" or "BLB" or "CG" or "CH" or "CP" or "HM" or "IMM" or "LAB" or "MB" or "MCB" or "MYC" or "SP" or "SR" or "TX" or "URN" or "VR" => "laboratory",
        "CT" or "CUS" or "IMG" or "NMR" or "NMS" or "OUS" or "RAD" or "RUS" or "VUS" or "XRC" => "imaging",
        _ => null,
    };

    private (string?, string?) Number(int field) =>
        Obr[field].Text(1) is { } own ? (own, Obr[field].Text(2)) : (Orc[field].Text(1), Orc[field].Text(2));

    private static int OrcBefore(Hl7Message message, int obr)
    {
        for (var i = obr - 1; i >= 0; i--)
        {
            var segment = message.SegmentAt(i);
            if (segment.Is("ORC")) return i;
            if (segment.Is("OBR") || segment.Is("OBX") || segment.Is("PID")) break;
        }

        return -1;
    }
}
