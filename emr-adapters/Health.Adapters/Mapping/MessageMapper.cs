using Health.Adapters.Mapping.Messages;
using Health.Hl7v2;

namespace Health.Adapters.Mapping;

/// <summary>
/// HL7 v2 to FHIR R4 after HL7's own v2-to-FHIR maps, pure: the same message and context give the same writes.
/// Every write is a merge patch: an absent field says nothing, <c>""</c> removes, a value replaces.
/// </summary>
public static class MessageMapper
{
    /// <summary>Raised whenever the same message would map to something else; stored with every record.</summary>
    public const string Version = "4";

    public static MappingResult Map(Hl7Message message, MappingContext context) =>
        message.Segment("PID", 2).Exists ? SeveralPersons.Map(message, context, One) : One(message, context);

    private static MappingResult One(Hl7Message message, MappingContext context)
    {
        if (context.Source.MovedFields.Count > 0) message = MovedFields.Apply(message, context.Source);
        var run = new MappingRun(message, context);
        if (run is { MessageCode: "ADT", TriggerEvent: "A23" })
            return new MappingResult.Refused([Hl7Diagnostic.Error("MSH-9.2", Hl7ErrorCode.UnsupportedEvent, "The source deleted a visit. Records are never deleted for that: a person decides whether it was cancelled (correct the event to A11).")]);
        if (PatientAndVisit.Map(run) is { } refused) return refused;
        Body(run.MessageCode)(run);
        return run.Writes.Count > 0
            ? new MappingResult.Mapped(run.Identity, run.Writes, run.EffectiveAt(), run.UnmappedPaths) { Merges = run.Merges }
            : new MappingResult.Refused([Nothing(run)]);
    }

    /// <summary>What a message brings beside patient and visit; of types nobody maps nothing.</summary>
    private static Action<MappingRun> Body(string messageCode) => messageCode switch
    {
        "ADT" or "BAR" => Admissions.Map,
        "ORU" or "OUL" => Results.Map,
        "ORM" or "OML" or "OMG" or "OMP" => Orders.Map,
        "RDE" or "RDS" or "RAS" => Medicines.Map,
        "VXU" => Vaccinations.Map,
        "MDM" => Documents.Map,
        "SIU" => Appointments.Map,
        "DFT" => Charges.Map,
        "PPR" => Problems.Map,
        "REF" => Referrals.Map,
        _ => run => run.LeaveRest(),
    };

    private static Hl7Diagnostic Nothing(MappingRun run) => run.Message.SegmentCount == 1
        ? Hl7Diagnostic.Error("PID", Hl7ErrorCode.SegmentSequence, "The message consists of its header alone.")
        : Hl7Diagnostic.Error("MSH-9", Hl7ErrorCode.UnsupportedMessageType, "Nothing in the message can be written as a record.");
}
