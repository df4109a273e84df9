using Health.Adapters.Mapping.Segments;

namespace Health.Adapters.Mapping.Messages;

/// <summary>
/// ADT beyond patient and visit: allergies, insurance, procedures, observations. A merge (A40) writes the surviving patient; that two
/// patients are one is for the index of persons to link, so MRG is reported.
/// </summary>
internal static class Admissions
{
    public static void Map(MappingRun run)
    {
        Obx.Order? order = null;
        for (var i = 0; i < run.Message.SegmentCount; i++)
        {
            if (run.IsTaken(i)) continue;
            var segment = run.Message.SegmentAt(i);
            if (segment.Is("AL1")) Al1.Map(run, segment);
            else if (segment.Is("IN1")) In1.Map(run, segment);
            else if (segment.Is("PR1")) Pr1.Map(run, segment);
            else if (segment.Is("OBX")) Obx.Map(run, segment, order ??= OrderGroup.WithoutOrder(run));
        }

        run.LeaveRest();
    }
}
