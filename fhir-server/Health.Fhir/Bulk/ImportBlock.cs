using Health.Contracts;
using Health.Fhir.Records;

namespace Health.Fhir.Bulk;

/// <summary>A run of lines of one input that is committed together. <paramref name="Number"/> counts the blocks of the input from 0.</summary>
public sealed record ImportBlock(int Pass, int Input, int Number, IReadOnlyList<(long Number, ReadOnlyMemory<byte>? Line)> Lines)
{
    /// <summary>Where to go on after it.</summary>
    public string After => $"{Pass}|{Input}|{Number + 1}";
}

/// <summary>The same, checked: what is to be written, by line, and what is refused.</summary>
public sealed record PreparedBlock(ImportBlock Block, List<(long Line, UnitWrite Write)> Writes, List<(long Line, IReadOnlyList<Refusal> Issues)> Refused);
