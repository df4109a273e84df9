using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Terminology;

/// <summary>
/// CodeSystem/$validate-code and ValueSet/$validate-code. http://hl7.org/fhir/R4/codesystem-operation-validate-code.html, valueset-operation-validate-code.html
/// An unknown system or value set is a 404; a code that is not in it is result = false with a message that says why.
/// </summary>
public static class ValidateCode
{
    private static readonly string[] OfSystem = ["url", "codeSystem", "code", "system", "version", "display", "coding", "codeableConcept", "date", "abstract", "displayLanguage"];
    private static readonly string[] OfSet = ["url", "valueSet", "valueSetVersion", "code", "system", "systemVersion", "version", "display", "coding", "codeableConcept", "date", "abstract", "displayLanguage", "inferSystem"];

    public static void Map(IEndpointRouteBuilder fhir)
    {
        TerminologyDoor.Map(fhir, "CodeSystem", "validate-code", true, System);
        TerminologyDoor.Map(fhir, "ValueSet", "validate-code", true, ValueSet);
    }

    private sealed record Verdict(bool Result, string? Message, string? Display);

    private static FhirAnswer System(TerminologyCall call)
    {
        var (input, refusal) = OperationInput.Read(call.Request, OfSystem);
        if (refusal is not null) return FhirAnswer.Of(refusal);
        var (codings, missing) = CodingInput.Read(input!);
        var (day, badDay) = input!.Day("date");
        if ((missing ?? badDay) is { } wrong) return FhirAnswer.Of(wrong);
        if ((call.Own ?? input.Complex("codeSystem")) is { } given) return Answer(codings.Select(coding => Judge(CodeSystemContent.Read(given), coding, input, day)));
        var url = input.Text("url");
        List<Verdict> verdicts = [];
        foreach (var coding in codings)
        {
            if ((url ?? coding.System) is not { } system) return FhirAnswer.Of(new Refusal(400, "required", "The code system is missing: send url, or a coding with its system.", "url"));
            if (url is not null && coding.System is not null && coding.System != url)
            {
                verdicts.Add(new Verdict(false, $"The coding is of {coding.System}, not of {url}.", null));
                continue;
            }

            if (call.Library.System(system, coding.Version) is { } content) verdicts.Add(Judge(content, coding, input, day));
            else if (ComputedSystems.IsCode(system, coding.Code) is { } isCode) verdicts.Add(new Verdict(isCode, isCode ? null : $"'{coding.Code}' is no code of {system}.", isCode ? coding.Code : null));
            else return TerminologyDoor.NotFound($"The code system {system} is not known here.", "url");
        }

        return Answer(verdicts);
    }

    private static FhirAnswer ValueSet(TerminologyCall call)
    {
        var (input, refusal) = OperationInput.Read(call.Request, OfSet);
        if (refusal is not null) return FhirAnswer.Of(refusal);
        var (codings, missing) = CodingInput.Read(input!);
        var (day, badDay) = input!.Day("date");
        if ((missing ?? badDay) is { } wrong) return FhirAnswer.Of(wrong);
        var (valueSet, unknown) = Expand.Find(call, input);
        if (unknown is not null) return FhirAnswer.Of(unknown);
        var url = CodeSystemContent.Text(valueSet!.Value, "url") ?? "the value set";
        var (codes, why) = call.Library.Expander.Expand(valueSet.Value);
        List<Verdict> verdicts = [];
        foreach (var coding in codings)
        {
            if (coding.System is null && input.Text("code") is not null && !input.Flag("inferSystem") && codes?.Select(code => code.System).Distinct().Count() > 1)
            {
                verdicts.Add(new Verdict(false, $"{url} has codes of several systems: send the system of '{coding.Code}' (or inferSystem=true).", null));
                continue;
            }

            if (call.Library.IsMember(valueSet.Value, codes, coding.System, coding.Code, null) is not { } isMember)
                return FhirAnswer.Of(new Refusal(422, why?.Code ?? "not-supported", $"Whether '{coding.Code}' is in {url} cannot be said: {why?.Reason ?? "its systems are not held here."}"));
            verdicts.Add(isMember ? JudgeMember(call.Library, codes, coding, input, day) : new Verdict(false, NotIn(call.Library, url, codes, coding), null));
        }

        return Answer(verdicts);
    }

    private static Verdict JudgeMember(CodeLibrary library, IReadOnlyList<ExpandedCode>? codes, CodingInput coding, OperationInput input, DateOnly? day)
    {
        var code = codes?.FirstOrDefault(one => one.Code == coding.Code && (coding.System is null || one.System == coding.System));
        if (code?.Concept is not { } concept) return Display(coding, code?.DisplayIn(input.Text("displayLanguage")), code is null ? [] : [code.Display ?? "", .. code.Designations.Select(d => d.Value)]);
        return library.System(code.System, null) is { } content && content.Find(concept.Code) == concept
            ? Judge(content, coding, input, day, code) : Display(coding, code.Display, [code.Display ?? ""]);
    }

    private static Verdict Judge(CodeSystemContent content, CodingInput coding, OperationInput input, DateOnly? day, ExpandedCode? member = null)
    {
        if (content.Find(coding.Code) is not { } concept) return new Verdict(false, Lookup.Unknown(content, coding.Code), null);
        var display = member?.DisplayIn(input.Text("displayLanguage")) ?? concept.DisplayIn(input.Text("displayLanguage"));
        if (day is { } at && !concept.IsValidOn(at)) return new Verdict(false, $"'{concept.Code}' is not valid on {at:yyyy-MM-dd}: {Lookup.Validity(concept)}.", display);
        if (concept.IsAbstract && !input.Flag("abstract", true)) return new Verdict(false, $"'{concept.Code}' is abstract: it groups other codes and is not chosen itself.", display);
        return Display(coding, display, [concept.Display ?? "", member?.Display ?? "", .. concept.Designations.Select(d => d.Value), .. member?.Designations.Select(d => d.Value) ?? []]);
    }

    private static Verdict Display(CodingInput coding, string? display, IReadOnlyCollection<string> names) =>
        coding.Display is { } sent && display is not null && !names.Contains(sent, StringComparer.OrdinalIgnoreCase)
            ? new Verdict(false, $"'{sent}' is no display of '{coding.Code}': it is '{display}'.", display)
            : new Verdict(true, null, display);

    private static string NotIn(CodeLibrary library, string url, IReadOnlyList<ExpandedCode>? codes, CodingInput coding)
    {
        if (codes?.FirstOrDefault(code => code.Code == coding.Code) is { } elsewhere) return $"{url} has '{coding.Code}' of {elsewhere.System}, not of {coding.System}.";
        if (coding.System is not null && library.System(coding.System, null) is { IsComplete: true } content && content.Find(coding.Code) is null) return Lookup.Unknown(content, coding.Code);
        var near = codes is null ? null : Validation.NearestName.Of(coding.Code, codes.Select(code => code.Code));
        return $"'{coding.Code}' is not in {url}.{(near is null ? "" : $" Is '{near}' meant?")}";
    }

    /// <summary>One coding that holds is enough; otherwise all messages.</summary>
    private static FhirAnswer Answer(IEnumerable<Verdict> verdicts)
    {
        var all = verdicts.ToList();
        var good = all.Find(verdict => verdict.Result);
        return ParametersWriter.Answer(p =>
        {
            p.Flag("result", good is not null);
            if (good is null) p.Text("message", string.Join(' ', all.Select(verdict => verdict.Message)));
            p.Text("display", (good ?? all[0]).Display);
        });
    }
}
