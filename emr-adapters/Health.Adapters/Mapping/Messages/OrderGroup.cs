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

    /// <summary>ORC-3, else OBR-3.</summary>
    public string? Filler => Orc[3].Text(1) ?? Obr[3].Text(1);

    /// <summary>ORC-2, else OBR-2.</summary>
    public string? Placer => Orc[2].Text(1) ?? Obr[2].Text(1);

    /// <summary>
    /// The order among those of the institution: filler number, else placer number, with the service asked for; else this message and the
    /// place in it.
    /// </summary>
    public string Key(MappingRun run)
    {
        return (Number(3) ?? Number(2)) is { } number ? $"{number}|{Obr[4].Text(1) ?? Obr[4].Text(2)}" : $"{run.Message.ControlId}|{Obr.Occurrence}";
    }

    /// <summary>The order as its placer knows it, whatever service it asks for.</summary>
    public string PlacerKey(MappingRun run) => Number(2) ?? Key(run);

    /// <summary>What this OBR says about the observations below it.</summary>
    public Obx.Order Observations(string key, string? specimenId) => new(
        key, Obr[7], Obr[8], Category(Obr[24].Text(1)), specimenId);

    /// <summary>For observations that stand below no order.</summary>
    public static Obx.Order WithoutOrder(MappingRun run)
    {
        var none = run.Message.SegmentAt(-1);
        return new Obx.Order(run.Message.ControlId, none[7], none[8], null, null);
    }

    /// <summary>Of the diagnostic services (table 0074): laboratories and imaging have a category of their own in FHIR.</summary>
    private static string? Category(string? service) => service switch
    {
        "BG" or "BLB" or "CG" or "CH" or "CP" or "HM" or "IMM" or "LAB" or "MB" or "MCB" or "MYC" or "SP" or "SR" or "TX" or "URN" or "VR" => "laboratory",
        "CT" or "CUS" or "IMG" or "NMR" or "NMS" or "OUS" or "RAD" or "RUS" or "VUS" or "XRC" => "imaging",
        _ => null,
    };

    /// <summary>Number and namespace of OBR, else of ORC: laboratory and imaging count apart.</summary>
    private string? Number(int field)
    {
        var source = Obr[field].Text(1) is not null ? Obr[field] : Orc[field];
        return source.Text(1) is { } number ? $"{number}^{source.Text(2)}" : null;
    }

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
