using Health.Adapters.Mapping.Segments;

namespace Health.Adapters.Mapping.Messages;

/// <summary>ADT and what every other message may bring besides its own: allergies, insurance, procedures, observations without an order.</summary>
internal static class Admissions
{
    public static void Map(MappingRun run)
    {
        var first = true;
        for (var i = 0; i < run.Message.SegmentCount; i++)
        {
            if (run.IsTaken(i)) continue;
            var segment = run.Message.SegmentAt(i);
            if (segment.Is("AL1")) Al1.Map(run, segment);
            else if (segment.Is("IN1")) In1.Map(run, segment);
            else if (segment.Is("PR1")) Pr1.Map(run, segment);
            else if (segment.Is("OBX"))
            {
                if (first) run.Order = OrderGroup.WithoutOrder(run);
                first = false;
                Obx.Map(run, segment);
            }
        }

        run.LeaveRest();
    }
}
