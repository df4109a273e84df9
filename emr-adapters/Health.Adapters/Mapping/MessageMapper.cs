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
    public const string Version = "2";

    public static MappingResult Map(Hl7Message message, MappingContext context)
    {
        var run = new MappingRun(message, context);
        if (PatientAndVisit.Map(run) is { } refused) return refused;
        switch (message.MessageCode)
        {
            case "ADT" or "BAR":
                Admissions.Map(run);
                break;
            case "ORU" or "OUL":
                if (Results.Map(run) is { } problem) return problem;
                break;
            case "ORM" or "OML" or "OMG" or "OMP":
                Orders.Map(run);
                break;
            case "VXU":
                Vaccinations.Map(run);
                break;
            case "MDM":
                Documents.Map(run);
                break;
            default:
                run.LeaveRest();
                break;
        }

        return run.Writes.Count > 0
            ? new MappingResult.Mapped(run.Identity, run.Writes, run.EffectiveAt(), run.UnmappedPaths)
            : new MappingResult.Refused([Nothing(run)]);
    }

    private static Hl7Diagnostic Nothing(MappingRun run) => run.Message.SegmentCount == 1
        ? Hl7Diagnostic.Error("PID", Hl7ErrorCode.SegmentSequence, "The message consists of its header alone.")
        : Hl7Diagnostic.Error("MSH-9", Hl7ErrorCode.UnsupportedMessageType, "Nothing in the message can be written as a record.");
}
