using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>The parameters that are read in a way of their own: _id, _list, _text, _content, _query. http://hl7.org/fhir/R4/search.html#all</summary>
internal static class SpecialCriteria
{
    public static (bool IsSpecial, Refusal? Refusal) TryRead(Extractor extractor, string type, string code, string? modifier, string value, out Criterion criterion)
    {
        criterion = null!;
        return code switch
        {
            "_id" => (true, TryIds(modifier, value, out criterion)),
            "_list" => (true, TryList(type, modifier, value, out criterion)),
            "_text" or "_content" => (true, TryWords(extractor, type, code, modifier, value, out criterion)),
            "_query" => (true, Refusal.NotSupported("_query names a query of the server, and this server has none: write the criteria themselves.", "_query")),
            _ => (false, null),
        };
    }

    private static Refusal? TryIds(string? modifier, string value, out Criterion criterion)
    {
        criterion = new Criterion.Ids([.. QueryText.Split(value, ',').Select(QueryText.Unescape)]);
        if (modifier == "not") criterion = new Criterion.Not(criterion);
        else if (modifier is not null) return Refusal.NotSupported($"The modifier :{modifier} is not supported on _id; supported: :not.", "_id");
        return value.Length == 0 ? Refusal.Invalid("_id has no value.", "_id") : null;
    }

    /// <summary>What the List of that id names, by its entries. A functional list such as $current-problems is none of this server's.</summary>
    private static Refusal? TryList(string type, string? modifier, string value, out Criterion criterion)
    {
        criterion = null!;
        if (modifier is not null) return Refusal.NotSupported("_list takes no modifier.", "_list");
        var ids = QueryText.Split(value, ',');
        foreach (var id in ids)
            if (!Wire.ResourceTypes.IsLogicalId(id)) return Refusal.Invalid($"_list is the id of a List resource, not '{id}'{(id.StartsWith('$') ? "; lists that the server computes are not supported" : "")}.", "_list");
        criterion = new Criterion.Has(type, "List", FhirDefinitions.R4.ParametersOf("List")["item"], new Criterion.Ids(ids));
        return null;
    }

    private static Refusal? TryWords(Extractor extractor, string types, string code, string? modifier, string value, out Criterion criterion)
    {
        criterion = null!;
        if (modifier is not null) return Refusal.NotSupported($"{code} takes no modifier.", code);
        foreach (var type in types.Split(' '))
        {
            if (!extractor.Supports(type, code))
                return Refusal.NotSupported($"The text of {type} is not indexed here; {code} is supported on {string.Join(", ", extractor.TypesWithWords(code))} (Health:Search:{(code == "_text" ? "Text" : "Content")}).", code);
        }
        List<Criterion> alternatives = [];
        var words = new SearchParameter(code, SearchType.Token, null, []);
        foreach (var part in QueryText.Split(value, ','))
        {
            var grams = Words.OfQuery(QueryText.Unescape(part));
            if (grams.Count is 0 or > Limits.Words) return Refusal.Invalid($"{code} is one to {Limits.Words} words, not '{part}'.", code);
            alternatives.Add(new Criterion.All([.. grams.Select(gram => new Criterion.Matches(types, words, [new SearchValue.Token(null, gram)]))]));
        }
        criterion = new Criterion.Any(alternatives);
        return null;
    }
}
