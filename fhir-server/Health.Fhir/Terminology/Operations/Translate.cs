using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Terminology;

/// <summary>
/// ConceptMap/$translate, also backwards (reverse). http://hl7.org/fhir/R4/conceptmap-operation-translate.html
/// Without a map named, every map that takes the code's system (and leads to the target asked for) is used.
/// </summary>
public static class Translate
{
    private static readonly string[] Known = ["url", "conceptMap", "conceptMapVersion", "code", "system", "version", "source", "coding", "codeableConcept", "target", "targetsystem", "reverse", "display"];

    public static void Map(IEndpointRouteBuilder fhir) => TerminologyDoor.Map(fhir, "ConceptMap", "translate", true, Run);

    private sealed record Match(string Equivalence, string? System, string Code, string? Display, string? Map);

    private static FhirAnswer Run(TerminologyCall call)
    {
        var (input, refusal) = OperationInput.Read(call.Request, Known);
        if (refusal is not null) return FhirAnswer.Of(refusal);
        var (codings, missing) = CodingInput.Read(input!);
        if (missing is not null) return FhirAnswer.Of(missing);
        var (maps, unknown) = Maps(call, input!);
        if (unknown is not null) return FhirAnswer.Of(unknown);
        var isReverse = input!.Flag("reverse");
        if (call.Own is null && input.Text("url") is null && input.Complex("conceptMap") is null && codings.Any(coding => coding.System is null))
            return FhirAnswer.Of(new Refusal(400, "required", "The system of the code is missing, or the map: send system or url.", "system"));
        List<Match> matches = [];
        foreach (var map in maps)
            foreach (var coding in codings) Collect(map, coding, input, isReverse, matches);
        var isTranslated = matches.Exists(match => match.Equivalence is not ("unmatched" or "disjoint"));
        return ParametersWriter.Answer(p =>
        {
            p.Flag("result", isTranslated);
            if (!isTranslated) p.Text("message", $"No map known here translates '{codings[0].Code}'{(codings[0].System is { } system ? $" of {system}" : "")}{(input.Text("targetsystem") is { } to ? $" to {to}" : "")}.");
            foreach (var match in matches.Distinct())
            {
                p.Parts("match", part =>
                {
                    part.Text("equivalence", match.Equivalence, "valueCode");
                    if (match.Code.Length > 0) part.Coding("concept", match.System, match.Code, match.Display);
                    part.Text("source", match.Map, "valueUri");
                });
            }
        });
    }

    private static (IReadOnlyList<JsonElement>, Refusal?) Maps(TerminologyCall call, OperationInput input)
    {
        if ((call.Own ?? input.Complex("conceptMap")) is { } given) return ([given], null);
        if (input.Text("url") is not { } url) return ([.. call.Library.ConceptMaps().Where(map => Fits(map, "source", input.Text("source")) && Fits(map, "target", input.Text("target")))], null);
        var canonical = input.Text("conceptMapVersion") is { } version ? $"{url}|{version}" : url;
        return call.Library.Find("ConceptMap", canonical) is { } known ? ([known], null) : ([], new Refusal(404, "not-found", $"The concept map {canonical} is not known here.", "url"));
    }

    private static bool Fits(JsonElement map, string side, string? wanted) =>
        wanted is null || CodeSystemContent.Text(map, side + "Uri") == wanted || CodeSystemContent.Text(map, side + "Canonical") == wanted;

    private static void Collect(JsonElement map, CodingInput coding, OperationInput input, bool isReverse, List<Match> matches)
    {
        if (!map.TryGetProperty("group", out var groups)) return;
        var url = CodeSystemContent.Text(map, "url");
        foreach (var group in groups.EnumerateArray())
        {
            var (source, target) = (CodeSystemContent.Text(group, "source"), CodeSystemContent.Text(group, "target"));
            if (isReverse) (source, target) = (target, source);
            if (coding.System is not null && source is not null && source != coding.System) continue;
            if (input.Text("targetsystem") is { } wanted && target != wanted) continue;
            var before = matches.Count;
            foreach (var element in Elements(group))
            {
                foreach (var to in Elements(element, "target"))
                {
                    var (from, into) = isReverse ? (to, element) : (element, to);
                    if (CodeSystemContent.Text(from, "code") != coding.Code) continue;
                    var equivalence = CodeSystemContent.Text(to, "equivalence") ?? "equivalent";
                    matches.Add(new Match(isReverse ? Inverse(equivalence) : equivalence, target, CodeSystemContent.Text(into, "code") ?? "", CodeSystemContent.Text(into, "display"), url));
                }
            }

            if (!isReverse && matches.Count == before && source == coding.System && group.TryGetProperty("unmapped", out var unmapped)) Unmapped(unmapped, coding, target, url, matches);
        }
    }

    private static void Unmapped(JsonElement unmapped, CodingInput coding, string? target, string? url, List<Match> matches)
    {
        if (CodeSystemContent.Text(unmapped, "mode") == "provided") matches.Add(new Match("equivalent", target, coding.Code, coding.Display, url));
        if (CodeSystemContent.Text(unmapped, "mode") == "fixed" && CodeSystemContent.Text(unmapped, "code") is { } code) matches.Add(new Match("inexact", target, code, CodeSystemContent.Text(unmapped, "display"), url));
    }

    private static IEnumerable<JsonElement> Elements(JsonElement owner, string name = "element") => owner.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    private static string Inverse(string equivalence) => equivalence switch
    {
        "wider" => "narrower",
        "narrower" => "wider",
        "subsumes" => "specializes",
        "specializes" => "subsumes",
        _ => equivalence,
    };
}
