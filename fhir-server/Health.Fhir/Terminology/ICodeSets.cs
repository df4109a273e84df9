namespace Health.Fhir.Terminology;

/// <summary>A code of a system. <paramref name="System"/> is null where the code stands alone.</summary>
public readonly record struct CodeOf(string? System, string Code);

/// <summary>What search and validation ask of the terminology: the codes of a value set, and what is above and below a code.</summary>
public interface ICodeSets
{
    /// <summary>Every code of a value set (canonical URL, optionally <c>|version</c>), valid on <paramref name="at"/>; null when it is not known here or cannot be enumerated.</summary>
    ValueTask<IReadOnlyCollection<CodeOf>?> CodesOf(string valueSet, DateOnly? at, CancellationToken ct);

    /// <summary>The code and all that it subsumes; null when the code system is not known here.</summary>
    ValueTask<IReadOnlyCollection<string>?> Below(string system, string code, CancellationToken ct);

    /// <summary>The code and all that subsume it; null when the code system is not known here.</summary>
    ValueTask<IReadOnlyCollection<string>?> Above(string system, string code, CancellationToken ct);
}
