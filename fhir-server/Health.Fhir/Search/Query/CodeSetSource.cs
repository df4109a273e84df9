using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Terminology;

namespace Health.Fhir.Search;

/// <summary>
/// Asks the terminology for the codes that <c>:in</c>, <c>:not-in</c>, <c>:above</c> and <c>:below</c> mean, before the statement is made. What it does not know is
/// refused: an empty set would find nothing, or with :not-in everything.
/// </summary>
public sealed class CodeSetSource(RecordReader records, TimeProvider time, ICodeSets? codeSets = null)
{
    private static readonly Dictionary<SearchValue.Codes, IReadOnlyCollection<CodeOf>> None = [];

    /// <param name="filter">What the caller may see: a value set may be named by its resource here.</param>
    public async ValueTask<(IReadOnlyDictionary<SearchValue.Codes, IReadOnlyCollection<CodeOf>> Sets, Refusal? Refusal)> Resolve(
        IReadOnlyList<Criterion> criteria, AccessFilter filter, CancellationToken ct)
    {
        Dictionary<SearchValue.Codes, IReadOnlyCollection<CodeOf>>? sets = null;
        foreach (var wanted in Wanted(criteria))
        {
            sets ??= [];
            if (sets.ContainsKey(wanted)) continue;
            if (codeSets is null) return (None, Refusal.NotSupported("This server has no terminology: :in, :not-in, :above and :below of codes are not supported."));
            var codes = wanted.Kind == CodeSetKind.In ? await OfValueSet(wanted.Named, filter, ct) : await Around(wanted, ct);
            if (codes is null) return (None, Unknown(wanted));
            if (codes.Count > Limits.CodesOfSet) return (None, Refusal.TooCostly($"'{wanted.Named}' has {codes.Count} codes; a search takes at most {Limits.CodesOfSet}."));
            sets[wanted] = codes;
        }
        return (sets ?? None, null);
    }

    /// <summary>True when the terminology is needed to answer.</summary>
    public static bool IsNeeded(IReadOnlyList<Criterion> criteria) => Wanted(criteria).Any();

    private static IEnumerable<SearchValue.Codes> Wanted(IReadOnlyList<Criterion> criteria) =>
        criteria.SelectMany(criterion => criterion.Tree()).SelectMany(criterion => criterion.OwnValues).Select(value => value is SearchValue.Other other ? other.Than : value).OfType<SearchValue.Codes>();

    private async ValueTask<IReadOnlyCollection<CodeOf>?> OfValueSet(string name, AccessFilter filter, CancellationToken ct)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (name.Split('/') is not ["ValueSet", var id]) return await codeSets!.CodesOf(name, today, ct);
        if (await records.Find("ValueSet", id, filter, ct) is not { Deleted: false, Json: { } json }) return null;
        using var document = System.Text.Json.JsonDocument.Parse(json);
        return ElementValues.Text(document.RootElement, "url") is { } url ? await codeSets!.CodesOf(url, today, ct) : null;
    }

    private async ValueTask<IReadOnlyCollection<CodeOf>?> Around(SearchValue.Codes wanted, CancellationToken ct)
    {
        var bar = wanted.Named.IndexOf('|');
        var (system, code) = (wanted.Named[..bar], wanted.Named[(bar + 1)..]);
        var codes = wanted.Kind == CodeSetKind.Below ? await codeSets!.Below(system, code, ct) : await codeSets!.Above(system, code, ct);
        return codes?.Select(one => new CodeOf(system, one)).ToList();
    }

    private static Refusal Unknown(SearchValue.Codes wanted) => wanted.Kind == CodeSetKind.In
        ? Refusal.NotSupported($"The value set '{wanted.Named}' is not known here, or its codes cannot be listed.")
        : Refusal.NotSupported($"The code system of '{wanted.Named}' is not known here, so nothing is above or below its codes.");
}
