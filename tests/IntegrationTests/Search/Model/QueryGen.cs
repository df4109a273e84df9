using CsCheck;

namespace Health.IntegrationTests.Search.Model;

/// <summary>One condition: how it is written, and what it means on a resource of the model.</summary>
public sealed record ModelCriterion(string Name, string Value, Func<ModelMoment, ModelResource, bool> Holds)
{
    public override string ToString() => $"{Uri.EscapeDataString(Name)}={Uri.EscapeDataString(Value)}";
}

/// <param name="Moment">Which of the remembered moments is asked for; the last is now.</param>
/// <param name="Count">Rows of a page; null for all in one.</param>
public sealed record ModelQuery(string Type, IReadOnlyList<ModelCriterion> Criteria, string? Sort, int? Count, bool Total, int Moment)
{
    public override string ToString() => $"{Type}?{string.Join('&', Criteria)}{(Sort is null ? "" : $"&_sort={Sort}")} (moment {Moment}, count {Count?.ToString() ?? "all"})";
}

/// <summary>Random queries over every kind of parameter, chains and _has included.</summary>
public static class QueryGen
{
    private enum Kind { Token, Text, Date, Quantity, Number, Reference, Uri, Composite }

    private sealed record Parameter(string Code, Kind Kind, params string[] Targets);

    private static readonly Dictionary<string, Parameter[]> Parameters = new()
    {
        ["Organization"] = [new("name", Kind.Text), new("active", Kind.Token), new("identifier", Kind.Token), new("partof", Kind.Reference, "Organization")],
        ["Patient"] = [new("name", Kind.Text), new("family", Kind.Text), new("given", Kind.Text), new("gender", Kind.Token), new("birthdate", Kind.Date), new("active", Kind.Token),
            new("identifier", Kind.Token), new("organization", Kind.Reference, "Organization")],
        ["Encounter"] = [new("status", Kind.Token), new("class", Kind.Token), new("subject", Kind.Reference, "Patient"), new("patient", Kind.Reference, "Patient"), new("date", Kind.Date),
            new("identifier", Kind.Token), new("service-provider", Kind.Reference, "Organization"), new("location", Kind.Reference, "Location")],
        ["Observation"] = [new("status", Kind.Token), new("code", Kind.Token), new("combo-code", Kind.Token), new("component-code", Kind.Token), new("subject", Kind.Reference, "Patient"),
            new("patient", Kind.Reference, "Patient"), new("encounter", Kind.Reference, "Encounter"), new("date", Kind.Date), new("value-quantity", Kind.Quantity),
            new("combo-value-quantity", Kind.Quantity), new("component-value-quantity", Kind.Quantity), new("code-value-quantity", Kind.Composite),
            new("component-code-value-quantity", Kind.Composite), new("combo-code-value-quantity", Kind.Composite)],
        ["RiskAssessment"] = [new("subject", Kind.Reference, "Patient"), new("date", Kind.Date), new("probability", Kind.Number)],
        ["Questionnaire"] = [new("url", Kind.Uri), new("title", Kind.Text), new("status", Kind.Token), new("date", Kind.Date)],
        ["Location"] = [new("name", Kind.Text), new("organization", Kind.Reference, "Organization")],
    };

    private static readonly string[] DatePrefixes = ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"], NumberPrefixes = [.. DatePrefixes, "ap"];

    public static Gen<ModelQuery> Queries(int moments) => Gen.OneOf(Parameters.Keys.ToArray()).SelectMany(type => Gen.Select(
        Criterion(type, 0).Array[0, 3], Sorting(type), Gen.Frequency((3, Gen.Const((int?)null)), (1, Gen.Int[1, 30].Select(n => (int?)n))), Gen.Bool, Gen.Int[0, moments - 1],
        (criteria, sort, count, total, moment) => new ModelQuery(type, criteria, sort, count, total, moment)));

    private static Gen<string?> Sorting(string type)
    {
        var codes = Parameters[type].Where(p => p.Kind is Kind.Date or Kind.Text or Kind.Number or Kind.Uri).Select(p => p.Code).Append("_id").ToArray();
        var key = Gen.Select(Gen.OneOf(codes), Gen.Bool, (code, down) => (down ? "-" : "") + code);
        return Gen.Frequency((2, Gen.Const((string?)null)), (1, key.Array[1, 2].Select(keys => (string?)string.Join(',', keys))));
    }

    private static Gen<ModelCriterion> Criterion(string type, int depth)
    {
        var parameters = Parameters[type];
        var plain = Gen.OneOf(parameters).SelectMany(Of);
        var missing = Gen.Select(Gen.OneOf(parameters.Where(p => p.Kind != Kind.Composite).ToArray()), Gen.Bool,
            (p, isMissing) => new ModelCriterion($"{p.Code}:missing", isMissing ? "true" : "false", (_, r) => r.Of(p.Code).Count == 0 == isMissing));
        var ids = Gen.OneOf(ResourceGen.Names.Where(n => n.StartsWith(type + "/", StringComparison.Ordinal)).Select(n => n.Split('/')[1]).ToArray()).Array[1, 3]
            .Select(some => new ModelCriterion("_id", string.Join(',', some), (_, r) => some.Contains(r.Id)));
        List<(int, Gen<ModelCriterion>)> kinds = [(12, plain), (1, missing), (1, ids)];
        var references = parameters.Where(p => p.Kind == Kind.Reference).ToArray();
        if (depth < 2 && references.Length > 0) kinds.Add((3, Gen.OneOf(references).SelectMany(p => Chain(p, depth))));
        var sources = Parameters.SelectMany(s => s.Value.Where(p => p.Targets.Contains(type)).Select(p => (Source: s.Key, Reference: p))).ToArray();
        if (depth < 2 && sources.Length > 0) kinds.Add((2, Gen.OneOf(sources).SelectMany(s => Has(type, s.Source, s.Reference, depth))));
        return Gen.Frequency([.. kinds]);
    }

    private static Gen<ModelCriterion> Chain(Parameter reference, int depth) => Gen.Select(Criterion(reference.Targets[0], depth + 1), Gen.Bool, (inner, typed) =>
        new ModelCriterion($"{reference.Code}{(typed || reference.Code == "subject" ? $":{reference.Targets[0]}" : "")}.{inner.Name}", inner.Value, (moment, r) =>
            r.Of(reference.Code).OfType<ModelValue.Reference>().Any(to => moment.Resources.TryGetValue($"{to.Type}/{to.Id}", out var target) && inner.Holds(moment, target))));

    private static Gen<ModelCriterion> Has(string type, string source, Parameter reference, int depth) => Criterion(source, depth + 1).Select(inner =>
        new ModelCriterion($"_has:{source}:{reference.Code}:{inner.Name}", inner.Value, (moment, r) =>
            moment.OfType(source).Any(s => s.Of(reference.Code).Contains(new ModelValue.Reference(type, r.Id)) && inner.Holds(moment, s))));

    private static Gen<ModelCriterion> Of(Parameter parameter) => parameter.Kind switch
    {
        Kind.Token => Gen.Select(Gen.OneOf("", ":not"), TokenValue.Array[1, 2], (modifier, any) => Any(parameter, modifier, any, negated: modifier == ":not")),
        Kind.Text => Gen.OneOf("", ":exact", ":contains").SelectMany(modifier => TextValue(modifier).Array[1, 2].Select(any => Any(parameter, modifier, any))),
        Kind.Date => DateValue.Array[1, 2].Select(any => Any(parameter, "", any)),
        Kind.Quantity => QuantityValue.Array[1, 2].Select(any => Any(parameter, "", any)),
        Kind.Number => NumberValue.Array[1, 2].Select(any => Any(parameter, "", any)),
        Kind.Reference => Reference(parameter),
        Kind.Uri => Gen.OneOf("", ":below", ":above", ":contains").SelectMany(modifier => UriValue(modifier).Array[1, 2].Select(any => Any(parameter, modifier, any))),
        _ => Gen.Select(TokenValue, QuantityValue, (code, value) => new Wanted($"{code.Text}${value.Text}", v => v is ModelValue.Pair pair && pair.First.Any(code.Holds) && pair.Second.Any(value.Holds)))
            .Array[1, 2].Select(any => Any(parameter, "", any)),
    };

    private sealed record Wanted(string Text, Func<ModelValue, bool> Holds);

    private static ModelCriterion Any(Parameter parameter, string modifier, Wanted[] wanted, bool negated = false) =>
        new(parameter.Code + modifier, string.Join(',', wanted.Select(w => w.Text)), (_, r) => r.Of(parameter.Code).Any(v => wanted.Any(w => w.Holds(v))) != negated);

    private static readonly string[] AllCodes =
        [.. Pools.Codes, .. Pools.Clinical.Select(c => c.Code), "true", "false", "male", "female", "final", "planned", "finished", "AMB", "draft", "none-such"];

    private static readonly string[] AllSystems = ["urn:a", "urn:b", "http://loinc.org", "urn:lab", "urn:class", "http://hl7.org/fhir/administrative-gender", "urn:none"];

    /// <summary>code, |code, system|code and system|.</summary>
    private static readonly Gen<Wanted> TokenValue = Gen.Select(Gen.Int[0, 3], Gen.OneOf(AllSystems), Gen.OneOf(AllCodes), (form, system, code) => form switch
    {
        0 => new Wanted(Escape(code), v => v is ModelValue.Token t && Naive.Token(t, null, code)),
        1 => new Wanted($"|{Escape(code)}", v => v is ModelValue.Token t && Naive.Token(t, "", code)),
        2 => new Wanted($"{system}|{Escape(code)}", v => v is ModelValue.Token t && Naive.Token(t, system, code)),
        _ => new Wanted($"{system}|", v => v is ModelValue.Token t && Naive.Token(t, system, null)),
    });

    private static Gen<Wanted> TextValue(string modifier) => Gen.Select(Gen.OneOf([.. Pools.Texts, .. Pools.Chinese, new("明", "明"), new("%", "%"), new("_", "_"), new("L", "l"), new("李小明", "李小明")]),
        text => new Wanted(Escape(text.Original), v => v is ModelValue.Text t && Naive.Text(t, modifier.TrimStart(':'), text)));

    private static readonly Gen<Wanted> DateValue = Gen.Select(Gen.OneOf(DatePrefixes), Gen.OneOf(Pools.SearchedDates), (prefix, text) =>
    {
        var range = Pools.Range(text);
        return new Wanted(prefix + text, v => v is ModelValue.Date d && Naive.Date(d, prefix, range));
    });

    private static readonly Gen<Wanted> NumberValue = Gen.Select(Gen.OneOf(NumberPrefixes), Gen.OneOf(Pools.SearchedDecimals),
        (prefix, digits) => new Wanted(prefix + digits, v => v is ModelValue.Quantity q && Naive.Quantity(q, prefix, digits, null, null)));

    private static readonly Gen<Wanted> QuantityValue = Gen.Select(Gen.OneOf(NumberPrefixes), Gen.OneOf(Pools.SearchedDecimals),
        Gen.OneOf<(string? System, string? Unit)>((null, null), (null, "mg"), (null, "片"), ("urn:x", "mg"), (Pools.Ucum, "mg"), (Pools.Ucum, "g"), (Pools.Ucum, "ug"), (Pools.Ucum, "kPa"), (Pools.Ucum, "mm[Hg]")),
        (prefix, digits, unit) => new Wanted(unit.Unit is null ? prefix + digits : $"{prefix}{digits}|{unit.System}|{unit.Unit}", v => v is ModelValue.Quantity q && Naive.Quantity(q, prefix, digits, unit.System, unit.Unit)));

    private static Gen<Wanted> UriValue(string modifier) => Gen.OneOf(Pools.Uris).Select(uri => new Wanted(uri, v => v is ModelValue.Uri u && Naive.Uri(u.Value, modifier.TrimStart(':'), uri)));

    private static Gen<ModelCriterion> Reference(Parameter parameter)
    {
        var target = parameter.Targets[0];
        var ids = Gen.OneOf(ResourceGen.Names.Where(n => n.StartsWith(target + "/", StringComparison.Ordinal)).Select(n => n.Split('/')[1]).ToArray());
        return Gen.Select(ids.Array[1, 2], Gen.Int[0, 2], (some, form) => new ModelCriterion(
            form == 2 ? $"{parameter.Code}:{target}" : parameter.Code, string.Join(',', some.Select(id => form == 1 ? $"{target}/{id}" : id)),
            (_, r) => r.Of(parameter.Code).Any(v => v is ModelValue.Reference reference && reference.Type == target && some.Contains(reference.Id))));
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal)
        .Replace("|", "\\|", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal);
}
