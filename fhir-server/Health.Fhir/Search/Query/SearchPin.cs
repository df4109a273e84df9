namespace Health.Fhir.Search;

/// <summary>
/// The criterion that by its nature leaves few matches: an identifier, or the patient or encounter a record is of. Then the order in which a statement looks
/// things up is known without counting: the pin first, what else is asked of each match.
/// </summary>
internal static class SearchPin
{
    /// <summary>Values of one criterion that each match is compared with, at the most: what others wait for costs little.</summary>
    private const int MostValues = 20;

    /// <summary>The pin of a query that asks nothing but plain values of one type; null where it has none.</summary>
    public static Criterion.Matches? Of(SearchQuery query)
    {
        if (query.Types.Count != 1) return null;
        Criterion.Matches? pin = null;
        foreach (var criterion in query.Criteria)
        {
            if (criterion is not Criterion.Matches { Values.Count: <= MostValues } matches || !matches.Values.All(IsPlain)) return null;
            if (pin is null && IsPin(matches)) pin = matches;
        }

        return pin;
    }

    private static bool IsPin(Criterion.Matches matches) => matches is { Negated: false, Values.Count: 1 } && matches.Values[0] switch
    {
        SearchValue.Token { Code: not null } => matches.Parameter is { Type: SearchType.Token, Code: "identifier" },
        SearchValue.Reference { Targets: [{ IsLocal: true, Type: "Patient" or "Encounter", Id.Length: > 0 }] } => true,
        _ => false,
    };

    /// <summary>True for values that compile to cheap comparisons with columns of the parameter's own row.</summary>
    private static bool IsPlain(SearchValue value) =>
        value is SearchValue.Token or SearchValue.Date or SearchValue.Reference or SearchValue.Number or SearchValue.Text { Match: not (TextMatch.Contains or TextMatch.EndsWith) };
}
