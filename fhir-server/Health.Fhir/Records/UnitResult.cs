using Health.Contracts;
using Health.Fhir.Search;

namespace Health.Fhir.Records;

/// <summary>A version that is decided and not yet in the tables.</summary>
internal sealed record PendingVersion(WriteUnit Unit, ResourceRow Row, ResourceEvent Event)
{
    public bool IsFlushed { get; set; }

    public Guid EventId { get; } = Guid.CreateVersion7();

    /// <summary>Index rows that were made of the body before the turn; null where the body came to be within it.</summary>
    public IndexRows? Rows { get; init; }

    public (string, string) Key => (Row.Type, Row.Id);

    public IndexedWrite ToIndexed(long rid) => new(
        rid, Row.Type, Row.Id, Row.Version, Row.Sequence, Row.LastUpdated, Row.Deleted, Row.ResidentId, Row.InstitutionCode, Row.Body ?? default)
    {
        Rows = Rows,
    };
}

/// <summary>A write whose condition was evaluated. Settled means that nothing is left to write.</summary>
internal sealed record ResolvedWrite(RecordWrite Write, bool IsSettled = false, bool IsMatched = false);

/// <param name="Before">The row the write met; null when the resource never existed.</param>
/// <param name="Made">The version it made, if any.</param>
internal sealed record WriteStep(UnitWrite Given, RecordWrite Write, ResourceRow? Before, PendingVersion? Made)
{
    public ResourceRow? After => Made?.Row ?? Before;

    public RecordOutcome Outcome() => new(Write.ResourceType, Write.Id, After?.Version ?? 0, After?.Sequence ?? 0, Made is not null);

    public WrittenBody Body() => new(After?.Body ?? default, After?.LastUpdated ?? default, Made is not null && Before is null or { Deleted: true }, After?.Deleted ?? false);
}

/// <summary>How a unit was decided. Outcomes have their sequences once the transaction is flushed.</summary>
internal sealed record UnitResult(WriteUnit? Unit, IReadOnlyList<WriteStep> Steps, Refusal? Refusal = null, int RefusedIndex = -1, IReadOnlyList<RecordOutcome>? Known = null)
{
    public static UnitResult Refused(Refusal refusal, int index) => new(null, [], refusal, index);

    /// <summary>The stored outcome of a business key that was committed before.</summary>
    public static UnitResult Repeated(IReadOnlyList<RecordOutcome> outcomes) => new(null, [], Known: outcomes);

    public IReadOnlyList<RecordOutcome> Outcomes() => Known ?? [.. Steps.Select(step => step.Outcome())];

    public UnitOutcome ToOutcome() => Refusal is not null
        ? UnitOutcome.Refused(Refusal, RefusedIndex)
        : new UnitOutcome(new RecordCommit(Outcomes(), null), [.. Steps.Select(step => step.Body())]);
}
