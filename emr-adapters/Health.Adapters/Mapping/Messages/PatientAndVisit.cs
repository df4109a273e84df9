using Health.Adapters.Mapping.Segments;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Messages;

/// <summary>What every message brings: the patient (PID, NK1), the visit (PV1, PV2) and its diagnoses (DG1).</summary>
internal static class PatientAndVisit
{
    /// <summary>The system under which a person gets an id whom a message describes without any number.</summary>
    private const string MessageSystem = "urn:health:message";

    /// <returns>Null when the mapping may go on.</returns>
    public static MappingResult.Refused? Map(MappingRun run)
    {
        if (MapPatient(run) is { } problem) return new MappingResult.Refused([problem]);
        if (MergedPatients.Map(run) is { } refused) return refused;
        var pv1 = run.Message.Segment("PV1");
        var visit = Visit.Of(pv1, run);
        run.EncounterId = visit?.EncounterId;
        run.Diagnoses = Dg1.Map(run, run.EncounterId);
        if (visit is { } known) Pv1.Map(run, pv1, run.Message.Segment("PV2"), known, run.Diagnoses);
        return null;
    }

    private static Hl7Diagnostic? MapPatient(MappingRun run)
    {
        var pid = run.Message.Segment("PID");
        if (!pid.Exists) return run.AcceptsNobody ? null : Missing(run.MessageCode);
        var numbers = PatientNumbers.Read(pid, run);
        if (PatientNumbers.Key(numbers, run.Names) is { } key)
        {
            Pid.Write(run, pid, run.DeriveId("Patient", run.Names.PatientSystem, key), numbers, isIdentified: true);
            return null;
        }

        if (!run.AcceptsNobody)
            return Hl7Diagnostic.Error("PID-3", Hl7ErrorCode.RequiredFieldMissing, "No patient number in PID-3, PID-2, PID-4 or PID-18.");
        Pid.Write(run, pid, run.DeriveId("Patient", MessageSystem, run.MessageId), numbers, isIdentified: false);
        return null;
    }

    private static Hl7Diagnostic Missing(string messageCode) => messageCode switch
    {
        "ADT" or "ORU" or "OUL" or "ORM" or "OML" or "OMG" or "OMP" or "VXU" or "MDM" or "PPR" or "RDE" or "RDS" or "RAS" or "DFT" or "BAR" or "SIU" or "REF" =>
            Hl7Diagnostic.Error("PID", Hl7ErrorCode.SegmentSequence, "The message has no PID segment."),
        _ => Hl7Diagnostic.Error("MSH-9", Hl7ErrorCode.UnsupportedMessageType, "Messages of this type are not mapped."),
    };
}
