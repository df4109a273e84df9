using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>
/// One order: its ORC, the segment that says what is ordered (OBR, RXO, RXE …) and everything up to the next order: positions
/// [Detail, End) of the message.
/// </summary>
/// <param name="Obr">The segment that says what is ordered or reported; absent for results that stand below no order.</param>
internal readonly record struct OrderGroup(SegmentView Orc, SegmentView Obr, int End)
{
    /// <summary>Names the order among those of the institution.</summary>
    public string Key { get; init; } = "";

    /// <summary>What kind of diagnostic service the results below are of.</summary>
    public string? Category { get; init; }

    /// <summary>The specimen of the results, where the order has one.</summary>
    public string? SpecimenId { get; init; }

    /// <summary>The orders of the message whose detail is a segment of this name.</summary>
    public static List<OrderGroup> Of(Hl7Message message, string detail)
    {
        var groups = new List<OrderGroup>();
        for (var i = 0; i < message.SegmentCount; i++)
        {
            if (!message.SegmentAt(i).Is(detail)) continue;
            var end = i + 1;
            while (end < message.SegmentCount && message.SegmentAt(end) is var next && !next.Is(detail) && !next.Is("ORC") && !next.Is("PID")) end++;
            var orc = message.SegmentAt(OrcBefore(message, i, detail));
            var group = new OrderGroup(orc, message.SegmentAt(i), end);
            groups.Add(group with { Category = group.ServiceCategory() });
        }

        return groups;
    }

    /// <summary>For observations that stand below no order.</summary>
    public static OrderGroup WithoutOrder(MappingRun run) => new(run.Message.SegmentAt(-1), run.Message.SegmentAt(-1), 0) { Key = run.MessageKey };

    /// <summary>
    /// The report among those of the institution: filler number, else placer number, with the service asked for; else this message and the
    /// place in it.
    /// </summary>
    public string ReportKey(MappingRun run) =>
        (Number(3) ?? Number(2)) is { } number ? $"{number}|{Obr[4].Text(1) ?? Obr[4].Text(2)}" : $"{run.MessageKey}|{Obr.Occurrence}";

    /// <summary>The order as its placer knows it, whatever service it asks for.</summary>
    public string PlacerKey(MappingRun run) => Number(2) ?? ReportKey(run);

    public static void WriteStatus(Patch patch, SegmentView orc, MappingRun run)
    {
        if (Statuses.Order(orc[1].Text(1), orc[5].Text(1), isMedication: patch.ResourceType == "MedicationRequest") is { } status) patch.Text("status", status);
        else run.Defaults.Text("status", "unknown");
    }

    /// <summary>
    /// Placer and filler number, of ORC or of the detail; the group of the placer and of the filler (ORC-38, else ORC-4 that names a namespace);
    /// of a ServiceRequest its other placer numbers (ORC-33 and OBR-53).
    /// </summary>
    public static void WriteNumbers(Patch patch, SegmentView segment, MappingRun run)
    {
        var (orc, obr) = (run.Order.Orc, run.Order.HasNumbers ? run.Order.Obr : run.Message.SegmentAt(-1));
        patch.Array("identifier");
        patch.Identifier(null, run.OwnSystem("order"), orc[2].Component(1).Or(obr[2].Component(1)), "PLAC");
        patch.Identifier(null, run.OwnSystem("report"), orc[3].Component(1).Or(obr[3].Component(1)), "FILL");
        patch.Identifier(null, run.OwnSystem("order-group"), orc[4].Component(1), "PGN");
        if (orc[38].IsPresent) patch.Identifier(null, run.OwnSystem("report-group"), orc[38].Component(1), "FGN");
        else if (orc[4].Component(2).HasText()) patch.Identifier(null, run.OwnSystem("report-group"), orc[4].Component(1), "FGN");
        if (patch.ResourceType == "ServiceRequest")
        {
            WriteOtherNumbers(patch, orc[33], run);
            if (!obr[53].Bytes.SequenceEqual(orc[33].Bytes)) WriteOtherNumbers(patch, obr[53], run);
        }

        patch.End();
    }

    private static void WriteOtherNumbers(Patch patch, FieldView numbers, MappingRun run)
    {
        if (!numbers.IsPresent) return;
        foreach (var number in numbers.Repetitions) patch.Numbered(null, number, run, "order", "PLAC");
    }

    public static void WriteRequester(Patch patch, SegmentView orc, MappingRun run)
    {
        var requester = orc[12].IsPresent || !run.Order.HasNumbers ? orc[12] : run.Order.Obr[16];
        if (requester.IsPresent) patch.Practitioner("requester", requester.Repetition(1), run);
    }

    /// <summary>ORC-9 is the time of the transaction: only that of a new order is when it was written.</summary>
    public static void WriteAuthoredOn(Patch patch, SegmentView orc, MappingRun run)
    {
        if (orc[1].Text(1) == "NW") patch.DateTime("authoredOn", orc[9], run);
    }

    /// <summary>Only OBR repeats the numbers of ORC.</summary>
    private bool HasNumbers => Obr.Is("OBR");

    /// <summary>Of the diagnostic services (table 0074): laboratories and imaging have a category of their own in FHIR.</summary>
    private string? ServiceCategory() => !HasNumbers ? null : Obr[24].Text(1) switch
    {
        "BG" or "BLB" or "CG" or "CH" or "CP" or "HM" or "IMM" or "LAB" or "MB" or "MCB" or "MYC" or "SP" or "SR" or "TX" or "URN" or "VR" => "laboratory",
        "CT" or "CUS" or "IMG" or "NMR" or "NMS" or "OUS" or "RAD" or "RUS" or "VUS" or "XRC" => "imaging",
        _ => null,
    };

    /// <summary>Number and namespace of OBR, else of ORC: laboratory and imaging count apart.</summary>
    private string? Number(int field)
    {
        var source = HasNumbers && Obr[field].Text(1) is not null ? Obr[field] : Orc[field];
        return source.Text(1) is { } number ? $"{number}^{source.Text(2)}" : null;
    }

    private static int OrcBefore(Hl7Message message, int detail, string name)
    {
        for (var i = detail - 1; i >= 0; i--)
        {
            var segment = message.SegmentAt(i);
            if (segment.Is("ORC")) return i;
            if (segment.Is(name) || segment.Is("OBX") || segment.Is("PID")) break;
        }

        return -1;
    }
}
