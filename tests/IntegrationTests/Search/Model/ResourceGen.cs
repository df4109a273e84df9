using CsCheck;
using static Health.IntegrationTests.Search.Model.ResourceWriter;

namespace Health.IntegrationTests.Search.Model;

/// <summary>Random resources of seven types that refer to each other.</summary>
public static class ResourceGen
{
    public static readonly (string Type, int Count)[] Population =
        [("Organization", 8), ("Patient", 40), ("Encounter", 50), ("Observation", 120), ("RiskAssessment", 30), ("Questionnaire", 20), ("Location", 12)];

    public static readonly string[] Names = [.. Population.SelectMany(p => Enumerable.Range(1, p.Count).Select(i => $"{p.Type}/{IdOf(p.Type, i)}"))];

    private static string IdOf(string type, int number) => $"m{type[..3].ToLowerInvariant()}-{number}";

    private static Gen<string> Ref(string type) => Gen.Int[1, Population.First(p => p.Type == type).Count].Select(i => IdOf(type, i));

    private static Gen<T?> Maybe<T>(Gen<T> gen) where T : class => Gen.Frequency((3, gen.Select(v => (T?)v)), (1, Gen.Const((T?)null)));

    public static Gen<ModelResource> Of(string name)
    {
        var (type, id) = (name.Split('/')[0], name.Split('/')[1]);
        return type switch
        {
            "Organization" => Organization(id),
            "Patient" => Patient(id),
            "Encounter" => Encounter(id),
            "Observation" => Observation(id),
            "RiskAssessment" => RiskAssessment(id),
            "Questionnaire" => Questionnaire(id),
            _ => Location(id),
        };
    }

    private static Gen<ModelResource> Organization(string id) => Gen.Select(Text(Pools.Texts, Pools.Chinese), Maybe(Gen.OneOf("true", "false")), Identifiers, Maybe(Ref("Organization")),
        (name, active, identifiers, parent) =>
        {
            var writer = Start("Organization", id).Json("name", Quote(name.Original)).Says(name, "name");
            Active(writer, active);
            Identify(writer, identifiers);
            if (parent is not null) Refer(writer, "partOf", "Organization", parent, "partof");
            return writer.Done();
        });

    private static Gen<ModelResource> Patient(string id) => Gen.Select(
        Maybe(Text(Pools.Texts, Pools.Chinese)), Text(Pools.Texts, Pools.Chinese).Array[0, 2], Maybe(Gen.OneOf("male", "female", "other", "unknown")), Maybe(Gen.OneOf(Pools.Days)),
        Maybe(Gen.OneOf("true", "false")), Identifiers, Maybe(Ref("Organization")),
        (family, given, gender, birth, active, identifiers, organization) =>
        {
            var writer = Start("Patient", id);
            if (family is not null || given.Length > 0)
            {
                writer.Json("name", Array([Object(("family", family is null ? null : Quote(family.Original)), ("given", given.Length == 0 ? null : Array(given.Select(g => Quote(g.Original)))))]));
                if (family is not null) writer.Says(family, "name", "family");
                foreach (var part in given) writer.Says(part, "name", "given");
                // A Chinese name is asked for whole.
                if (family is not null && given.Length > 0 && Pools.Chinese.Contains(family))
                    writer.Says(new ModelValue.Text(family.Original + string.Concat(given.Select(g => g.Original)), family.Folded + string.Concat(given.Select(g => g.Folded))), "name");
            }

            if (gender is not null) writer.Json("gender", Quote(gender)).Says(new ModelValue.Token("http://hl7.org/fhir/administrative-gender", gender), "gender");
            if (birth is not null) writer.Json("birthDate", Quote(birth)).Says(Pools.Range(birth), "birthdate");
            Active(writer, active);
            Identify(writer, identifiers);
            if (organization is not null) Refer(writer, "managingOrganization", "Organization", organization, "organization");
            return writer.Done();
        });

    private static Gen<ModelResource> Encounter(string id) => Gen.Select(
        Gen.OneOf("planned", "finished", "cancelled"), Gen.OneOf("AMB", "IMP"), Ref("Patient"), Maybe(Period), Identifiers, Maybe(Ref("Organization")), Maybe(Ref("Location")),
        (status, kind, patient, period, identifiers, provider, location) =>
        {
            var writer = Start("Encounter", id).Json("status", Quote(status)).Says(new ModelValue.Token("http://hl7.org/fhir/encounter-status", status), "status")
                .Json("class", Object(("system", Quote("urn:class")), ("code", Quote(kind)))).Says(new ModelValue.Token("urn:class", kind), "class");
            Refer(writer, "subject", "Patient", patient, "subject", "patient");
            if (period is not null) writer.Json("period", period.Json).Says(period.Value, "date");
            Identify(writer, identifiers);
            if (provider is not null) Refer(writer, "serviceProvider", "Organization", provider, "service-provider");
            if (location is not null)
                writer.Json("location", Array([Object(("location", Object(("reference", Quote($"Location/{location}")))))])).Says(new ModelValue.Reference("Location", location), "location");
            return writer.Done();
        });

    private static Gen<ModelResource> Observation(string id) => Gen.Select(
        Gen.OneOf("final", "amended", "preliminary"), Concept, Maybe(Ref("Patient")), Maybe(Ref("Encounter")), Maybe(Effective), Maybe(Value), Gen.Select(Concept, Maybe(Value)).Array[0, 2],
        (status, code, patient, encounter, effective, value, components) =>
        {
            var writer = Start("Observation", id).Json("status", Quote(status)).Says(new ModelValue.Token("http://hl7.org/fhir/observation-status", status), "status").Json("code", ConceptJson(code));
            foreach (var one in code) writer.Says(one, "code", "combo-code");
            if (patient is not null) Refer(writer, "subject", "Patient", patient, "subject", "patient");
            if (encounter is not null) Refer(writer, "encounter", "Encounter", encounter, "encounter");
            if (effective is not null) writer.Json(effective.Member, effective.Json).Says(effective.Value, "date");
            // obs-7: what a component says by the same code is not said by the value too.
            if (value is not null && !components.Any(c => c.Item1.Intersect(code).Any()))
            {
                writer.Json("valueQuantity", QuantityJson(value)).Says(value.Value, "value-quantity", "combo-value-quantity");
                writer.Says(new ModelValue.Pair(code, [value.Value]), "code-value-quantity", "combo-code-value-quantity");
            }

            if (components.Length > 0)
                writer.Json("component", Array(components.Select(c => Object(("code", ConceptJson(c.Item1)), ("valueQuantity", c.Item2 is null ? null : QuantityJson(c.Item2))))));
            foreach (var (part, amount) in components)
            {
                foreach (var one in part) writer.Says(one, "component-code", "combo-code");
                if (amount is null) continue;
                writer.Says(amount.Value, "component-value-quantity", "combo-value-quantity");
                writer.Says(new ModelValue.Pair(part, [amount.Value]), "component-code-value-quantity", "combo-code-value-quantity");
            }

            return writer.Done();
        });

    private static Gen<ModelResource> RiskAssessment(string id) => Gen.Select(Ref("Patient"), Maybe(Gen.OneOf(Pools.Instants)), Gen.OneOf("0.45", "0.3", "0.00045", "0", "0.35", "1").Array[0, 2],
        (patient, occurrence, probabilities) =>
        {
            var writer = Start("RiskAssessment", id).Json("status", Quote("final"));
            Refer(writer, "subject", "Patient", patient, "subject", "patient");
            if (occurrence is not null) writer.Json("occurrenceDateTime", Quote(occurrence)).Says(Pools.Range(occurrence), "date");
            if (probabilities.Length > 0) writer.Json("prediction", Array(probabilities.Select(p => Object(("probabilityDecimal", p)))));
            foreach (var p in probabilities) writer.Says(new ModelValue.Quantity(Pools.Number(p), null, null, null), "probability");
            return writer.Done();
        });

    private static Gen<ModelResource> Questionnaire(string id) => Gen.Select(Maybe(Gen.OneOf(Pools.Uris)), Maybe(Text(Pools.Texts, Pools.Chinese)), Maybe(Gen.OneOf(Pools.Days)), (url, title, date) =>
    {
        var writer = Start("Questionnaire", id).Json("status", Quote("draft")).Says(new ModelValue.Token("http://hl7.org/fhir/publication-status", "draft"), "status");
        if (url is not null) writer.Json("url", Quote(url)).Says(new ModelValue.Uri(url), "url");
        if (title is not null) writer.Json("title", Quote(title.Original)).Says(title, "title");
        if (date is not null) writer.Json("date", Quote(date)).Says(Pools.Range(date), "date");
        return writer.Done();
    });

    private static Gen<ModelResource> Location(string id) => Gen.Select(Text(Pools.Texts, Pools.Chinese), Maybe(Ref("Organization")), (name, organization) =>
    {
        var writer = Start("Location", id).Json("name", Quote(name.Original)).Says(name, "name");
        if (organization is not null) Refer(writer, "managingOrganization", "Organization", organization, "organization");
        return writer.Done();
    });

    private static ResourceWriter Start(string type, string id) => new(type, id);

    private static Gen<ModelValue.Text> Text(params ModelValue.Text[][] pools) => Gen.OneOf(pools.SelectMany(p => p).ToArray());

    private static readonly Gen<ModelValue.Token[]> Identifiers =
        Gen.Select(Gen.OneOf(Pools.Systems), Gen.OneOf(Pools.Codes), (system, code) => new ModelValue.Token(system, code)).Array[0, 2];

    private static readonly Gen<ModelValue.Token[]> Concept = Gen.OneOf(Pools.Clinical).Select(c => new ModelValue.Token(c.System, c.Code)).Array[1, 2];

    private sealed record Timed(string Member, string Json, ModelValue.Date Value);

    private sealed record Amount(string Digits, ModelValue.Quantity Value);

    private static readonly Gen<Amount> Value = Gen.Select(Gen.OneOf(Pools.Decimals), Gen.OneOf(Pools.Units),
        (digits, unit) => new Amount(digits, new ModelValue.Quantity(Pools.Number(digits), unit.System, unit.Code, unit.Unit)));

    /// <summary>Either end may be open; the ends are in order.</summary>
    private static readonly Gen<Timed> Period = Gen.Select(Gen.OneOf(Pools.Instants), Gen.OneOf(Pools.Instants), Gen.Int[0, 2], (a, b, open) =>
    {
        var (first, last) = Pools.Range(a).Low <= Pools.Range(b).Low ? (a, b) : (b, a);
        var (low, high) = (open == 1 ? DateTime.MinValue : Pools.Range(first).Low, open == 2 ? DateTime.MaxValue : Pools.Range(last).High);
        return new Timed("period", Object(("start", open == 1 ? null : Quote(first)), ("end", open == 2 ? null : Quote(last))), new ModelValue.Date(low, high));
    });

    private static readonly Gen<Timed> Effective = Gen.Frequency(
        (2, Gen.OneOf([.. Pools.Days, .. Pools.Instants]).Select(d => new Timed("effectiveDateTime", Quote(d), Pools.Range(d)))),
        (1, Period.Select(p => p with { Member = "effectivePeriod" })));

    private static void Active(ResourceWriter writer, string? active)
    {
        if (active is not null) writer.Json("active", active).Says(new ModelValue.Token(null, active), "active");
    }

    private static void Identify(ResourceWriter writer, ModelValue.Token[] identifiers)
    {
        if (identifiers.Length == 0) return;
        writer.Json("identifier", Array(identifiers.Select(i => Object(("system", i.System is null ? null : Quote(i.System)), ("value", Quote(i.Code))))));
        foreach (var identifier in identifiers) writer.Says(identifier, "identifier");
    }

    private static void Refer(ResourceWriter writer, string member, string type, string id, params string[] parameters) =>
        writer.Json(member, Object(("reference", Quote($"{type}/{id}")))).Says(new ModelValue.Reference(type, id), parameters);

    private static string ConceptJson(ModelValue.Token[] codes) => Object(("coding", Array(codes.Select(c => Object(("system", Quote(c.System!)), ("code", Quote(c.Code)))))));

    private static string QuantityJson(Amount amount) => Object(("value", amount.Digits),
        ("unit", amount.Value.Unit is null ? null : Quote(amount.Value.Unit)), ("system", amount.Value.System is null ? null : Quote(amount.Value.System)), ("code", amount.Value.Code is null ? null : Quote(amount.Value.Code)));
}
