using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Search;

namespace Health.Fhir.Records;

/// <summary>What a conditional interaction asks for; evaluated by the committer, so that parallel ones see each other.</summary>
public enum ConditionalForm
{
    /// <summary>If-None-Exist: a match means nothing is written and the match is the outcome.</summary>
    Create,
    /// <summary>No match: the write as given; one: the matching resource is replaced.</summary>
    Update,
    /// <summary>No match: nothing; one: it is deleted.</summary>
    Delete,
    /// <summary>One match, which has to be the write's own resource: it is written as given. Anything else is refused as a lost race (412).</summary>
    Patch,
}

/// <summary>A search (query string without '?') whose only match is meant.</summary>
public sealed record Criteria(ConditionalForm Form, string Query);

/// <summary>One write of a unit with what the REST door adds to it.</summary>
public sealed record UnitWrite(RecordWrite Write)
{
    /// <summary>Resident this resource concerns; null for the unit's own.</summary>
    public string? ResidentId { get; init; }

    public Criteria? Criteria { get; init; }

    /// <summary>What the condition may match; null for the unit's own.</summary>
    public AccessFilter? Visible { get; init; }

    /// <summary>The logical id was the client's own: a conditional update must not meet another one.</summary>
    public bool IdIsGiven { get; init; }

    /// <summary>fullUrl of the entry: references to it become references to the resource the entry ends at.</summary>
    public string? FullUrl { get; init; }

    /// <summary>FHIR interaction, for the audit fact.</summary>
    public string? Interaction { get; init; }

    /// <summary>False when the caller was not shown the resource: should it exist all the same, the write is refused as not found.</summary>
    public bool MayTouchExisting { get; init; } = true;

    /// <summary>The id was made for this write, so there can be no row of it to read.</summary>
    public bool IdIsFresh { get; init; }

    /// <summary>What was made of the body before the turn of the log.</summary>
    internal PreparedBody? Prepared { get; init; }
}

/// <summary>A body's scan and index rows. They hold for exactly these bytes: a write whose body was exchanged since has none.</summary>
internal sealed record PreparedBody(ReadOnlyMemory<byte> Json, ResourceScan Scan, IndexRows Rows)
{
    public bool IsOf(RecordWrite write) => write.Kind is WriteKind.Create or WriteKind.Put && Json.Equals(write.Json);
}

/// <summary>Writes that stand or fall together, ready for the committer: their keys are in memory and nothing more is asked of other modules.</summary>
public sealed record WriteUnit(EventHeader Header, string InstitutionCode, IReadOnlyList<UnitWrite> Writes)
{
    public string? BatchKey { get; init; }
    public string? ResidentId { get; init; }
    public DateTimeOffset? EffectiveAt { get; init; }

    /// <summary>Whoever asked over REST; null for a module.</summary>
    public Caller? Caller { get; init; }

    /// <summary>What a conditional interaction may match.</summary>
    public AccessFilter Visible { get; init; } = new AccessFilter.Everything();

    /// <summary>The unit's resources refer to each other by fullUrl or by search (conditional references).</summary>
    public bool ResolveReferences { get; init; }

    /// <summary>All of them were resolved before the turn of the log.</summary>
    internal bool ReferencesAreResolved { get; init; }

    /// <summary>The header as Marten keeps it beside the event.</summary>
    internal string HeaderJson => field ??= JsonSerializer.Serialize(Header.Entries().ToDictionary());

    /// <summary>Nothing has to be read before it is decided: new resources only, under ids made for them.</summary>
    internal bool NeedsNothingRead => BatchKey is null && Writes.All(write => write is { IdIsFresh: true, Criteria: null });

    /// <summary>The same, and nothing can come up in the decision that would have to be read.</summary>
    internal bool IsDecidedUnseen => NeedsNothingRead && !ResolveReferences;

    /// <summary>Resident of a write: none where the type concerns no person.</summary>
    public string? ResidentOf(UnitWrite write) =>
        Search.AccessFilterSql.IsPersonal(write.Write.ResourceType) ? write.ResidentId ?? ResidentId : null;
}

/// <summary>The outcome of a unit, with what a door needs to answer without reading again.</summary>
/// <param name="Bodies">The stored JSON of each outcome where the commit had it in hand; empty otherwise.</param>
public sealed record UnitOutcome(RecordCommit Commit, IReadOnlyList<WrittenBody> Bodies)
{
    public static UnitOutcome Refused(Refusal refusal, int index = -1) => new(new RecordCommit([], refusal, index), []);
}

/// <param name="Created">The resource did not exist, or was deleted, before.</param>
public readonly record struct WrittenBody(ReadOnlyMemory<byte> Json, DateTimeOffset LastUpdated, bool Created, bool Deleted);
