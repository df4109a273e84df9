namespace Health.Fhir.Terminology;

/// <summary>The terminology as search and validation ask it: HL7's, the region's and the stored definitions.</summary>
public sealed class CodeSets(ConformanceStore store) : ICodeSets
{
    public async ValueTask<IReadOnlyCollection<CodeOf>?> CodesOf(string valueSet, DateOnly? at, CancellationToken ct)
    {
        if ((await store.Current(ct)).Expanded(valueSet) is not { } codes) return null;
        var valid = at is { } day ? codes.Where(code => code.Concept?.IsValidOn(day) != false) : codes;
        return [.. valid.Select(code => new CodeOf(code.System, code.Code))];
    }

    public async ValueTask<IReadOnlyCollection<string>?> Below(string system, string code, CancellationToken ct) => Related(await store.Current(ct), system, code, CodeSystemContent.Below);

    public async ValueTask<IReadOnlyCollection<string>?> Above(string system, string code, CancellationToken ct) => Related(await store.Current(ct), system, code, CodeSystemContent.Above);

    private static string[]? Related(CodeLibrary library, string system, string code, Func<Concept, IReadOnlyCollection<Concept>> related)
    {
        if (library.System(system, null) is not { IsComplete: true } content) return null;
        // A code the system does not have is itself and nothing more.
        return content.Find(code) is { } concept ? [.. related(concept).Select(one => one.Code)] : [code];
    }
}
