using Health.Fhir.FhirPath;

namespace Health.Fhir.Validation;

/// <summary>A rule in FHIRPath. http://hl7.org/fhir/R4/conformance-rules.html#constraints</summary>
public sealed class Invariant(string key, bool isError, string human, string expression)
{
    private FhirPathExpression? compiled;

    public string Key => key;
    public bool IsError => isError;
    public string Human => human;
    public string Expression => expression;
    public FhirPathExpression Compiled => compiled ??= FhirPathExpression.Parse(expression);
}

/// <summary>An element of a type: cardinality, types, targets, binding and rules.</summary>
public sealed class ElementShape
{
    private TypeShape?[]? resolved;

    public required string Name { get; init; }
    public required TypeShape Owner { get; init; }

    /// <summary>Place in the type: one bit in the mask of elements seen.</summary>
    public required int Index { get; init; }
    public required bool IsChoice { get; init; }
    public required int Min { get; init; }

    /// <summary>-1 is without bound.</summary>
    public required int Max { get; init; }
    public required string[] Types { get; init; }

    /// <summary>Types a reference may lead to; null for any.</summary>
    public string[]? Targets { get; init; }
    public string? RequiredValueSet { get; init; }
    public string? ExtensibleValueSet { get; init; }
    public Invariant[] Invariants { get; init; } = [];

    public bool IsArray => Max != 1;
    public ulong Bit => 1UL << Index;

    /// <summary>Codes of the required value set; null when they cannot be enumerated.</summary>
    public CodeTable? Codes => RequiredValueSet is null ? null : CodeTable.OfValueSet(RequiredValueSet);

    public TypeShape TypeAt(int index) => (resolved ??= new TypeShape?[Types.Length])[index] ??= TypeShape.Of(Types[index]) ?? throw new InvalidOperationException($"The definitions lack the type {Types[index]}.");
}

/// <summary>A member name a type knows: an element (a choice with one of its types), or the <c>_name</c> beside a primitive.</summary>
public sealed record MemberShape(byte[] Name, ElementShape Element, int TypeIndex, bool IsShadow)
{
    public TypeShape Type => Element.TypeAt(TypeIndex);
}
