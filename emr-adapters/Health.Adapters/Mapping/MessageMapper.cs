using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Mapping;

/// <summary>What a mapping may know beside the message. Time and ids are given, never taken.</summary>
/// <param name="DeriveId">Kind, identifier system and value to a FHIR id (<see cref="IKeyring.DeriveId"/>).</param>
public sealed record MappingContext(SourceProfile Source, string MessageId, DateTimeOffset ReceivedAt, Func<string, string, string, string> DeriveId);

/// <summary>A field that carries a value and no mapping. The value is personal data: never logged.</summary>
public sealed record UnmappedField(string Path, string Value);

/// <summary>The writes a message stands for, or why it stands for none.</summary>
public abstract record MappingResult
{
    private MappingResult() { }

    public sealed record Mapped(PatientIdentity? Identity, IReadOnlyList<RecordWrite> Writes, DateTimeOffset? EffectiveAt, IReadOnlyList<string> UnmappedPaths) : MappingResult;

    public sealed record Refused(IReadOnlyList<Hl7Diagnostic> Problems) : MappingResult;
}

/// <summary>HL7 v2 to FHIR R4, pure: the same message and context give the same writes.</summary>
public static class MessageMapper
{
    public const string Version = "1";

    public static MappingResult Map(Hl7Message message, MappingContext context) =>
        new MappingResult.Refused([Hl7Diagnostic.Error("MSH-9", Hl7ErrorCode.UnsupportedMessageType, "No mapping for this message type.")]);
}
