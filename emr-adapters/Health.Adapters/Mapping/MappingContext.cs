using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Mapping;

/// <summary>What a mapping may know beside the message. Time and ids are given, never taken.</summary>
/// <param name="MessageId">Id of the stored message; only what the message itself cannot name gets an id from it.</param>
/// <param name="DeriveId">Kind, identifier system and value to a FHIR id (<see cref="IKeyring.DeriveId"/>).</param>
public sealed record MappingContext(SourceProfile Source, string MessageId, DateTimeOffset ReceivedAt, Func<string, string, string, string> DeriveId)
{
    /// <summary>Which of the persons of the message is mapped, from 1.</summary>
    public int Person { get; init; } = 1;
}

/// <summary>A source's Patient that it has merged into another of its own.</summary>
public sealed record PatientMerge(PatientIdentity Prior, string SurvivingPatientId);

/// <summary>A person of a message about several, with the writes that concern them.</summary>
public sealed record MappedPerson(PatientIdentity Identity, IReadOnlyList<RecordWrite> Writes);

/// <summary>The writes a message stands for, or why it stands for none.</summary>
public abstract record MappingResult
{
    private MappingResult() { }

    /// <param name="Identity">Null when the message names no person who could be identified (open test source only).</param>
    /// <param name="EffectiveAt">When it happened, as the source says.</param>
    /// <param name="UnmappedPaths">Fields that carry a value and no mapping, or a value that could not be read; paths only.</param>
    public sealed record Mapped(PatientIdentity? Identity, IReadOnlyList<RecordWrite> Writes, DateTimeOffset? EffectiveAt, IReadOnlyList<string> UnmappedPaths) : MappingResult
    {
        /// <summary>Patients that the source says are the same person: links for the index of persons.</summary>
        public IReadOnlyList<PatientMerge> Merges { get; init; } = [];

        /// <summary>Further persons the message is about, beside <see cref="Identity"/> and its <see cref="Writes"/>.</summary>
        public IReadOnlyList<MappedPerson> Others { get; init; } = [];

        /// <summary>The writes of all persons.</summary>
        public IEnumerable<RecordWrite> AllWrites => Writes.Concat(Others.SelectMany(other => other.Writes));
    }

    public sealed record Refused(IReadOnlyList<Hl7Diagnostic> Problems) : MappingResult;
}
