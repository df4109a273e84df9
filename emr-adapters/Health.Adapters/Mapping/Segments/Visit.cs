using Health.Adapters.Mapping.Values;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>
/// What identifies a visit: PV1-19, else PV1-50, else the patient and the admission time. A visit that nothing identifies gets no
/// Encounter: the next message about it could not find it again.
/// </summary>
/// <param name="Number">The visit number as sent; null when the id comes from patient and time.</param>
internal readonly record struct Visit(string EncounterId, string? Number)
{
    public static Visit? Of(SegmentView pv1, MappingRun run)
    {
        if (!pv1.Exists) return null;
        var system = run.Names.VisitSystem;
        if ((pv1[19].Text(1) ?? pv1[50].Text(1)) is { } number) return new Visit(run.DeriveId("Encounter", system, number), number);
        if (run.PatientId is null || run.Time(pv1[44]) is not { } admitted) return null;
        return new Visit(run.DeriveId("Encounter", system, $"{run.PatientId}@{admitted.ToFhirDateTime(run.Zone)}"), null);
    }
}
