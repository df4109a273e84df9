using Health.Contracts;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Terminology;

/// <summary>
/// CodeSystem/$lookup: what a code means. http://hl7.org/fhir/R4/codesystem-operation-lookup.html
/// An unknown system or code is a 404; with <c>date</c>, a code that was not valid on that day as well, saying when it was.
/// </summary>
public static class Lookup
{
    private static readonly string[] Known = ["code", "system", "version", "coding", "date", "displayLanguage", "property"];

    public static void Map(IEndpointRouteBuilder fhir) => TerminologyDoor.Map(fhir, "CodeSystem", "lookup", false, Run);

    private static FhirAnswer Run(TerminologyCall call)
    {
        var (input, refusal) = OperationInput.Read(call.Request, Known);
        if (refusal is not null) return FhirAnswer.Of(refusal);
        var (codings, missing) = CodingInput.Read(input!, concept: null);
        if (missing is not null) return FhirAnswer.Of(missing);
        var coding = codings[0];
        if (coding.System is not { } system) return FhirAnswer.Of(new Refusal(400, "required", "The system of the code is missing.", "system"));
        var (day, badDay) = input!.Day("date");
        if (badDay is not null) return FhirAnswer.Of(badDay);
        if (call.Library.System(system, coding.Version) is not { } content)
        {
            if (ComputedSystems.IsCode(system, coding.Code) is not { } isCode) return TerminologyDoor.NotFound($"The code system {system}{(coding.Version is null ? "" : $" of version {coding.Version}")} is not known here.", "system");
            return isCode ? ParametersWriter.Answer(p => { p.Text("name", system); p.Text("display", coding.Code); }) : TerminologyDoor.NotFound($"'{coding.Code}' is no code of {system}.", "code");
        }

        if (content.Find(coding.Code) is not { } concept) return TerminologyDoor.NotFound(Unknown(content, coding.Code), "code");
        if (day is { } at && !concept.IsValidOn(at)) return TerminologyDoor.NotFound($"'{concept.Code}' is not valid on {at:yyyy-MM-dd}: {Validity(concept)}.", "date");
        return Answer(content, concept, input.Text("displayLanguage"), input.Texts("property"));
    }

    /// <summary>That a code does not exist, and which may be meant.</summary>
    public static string Unknown(CodeSystemContent content, string code) =>
        $"'{code}' is no code of {content.Url}.{(Validation.NearestName.Of(code, content.Concepts.Select(concept => concept.Code)) is { } near ? $" Is '{near}' meant?" : "")}";

    public static string Validity(Concept concept)
    {
        var successor = concept.Properties.FirstOrDefault(property => property.Code == "replacedBy")?.Value;
        return $"it is valid{(concept.From is { } from ? $" from {from:yyyy-MM-dd}" : "")}{(concept.Until is { } until ? $" until {until.AddDays(-1):yyyy-MM-dd}" : "")}{(successor is null ? "" : $", then {successor} is")}";
    }

    private static FhirAnswer Answer(CodeSystemContent content, Concept concept, string? language, IReadOnlyList<string> properties) => ParametersWriter.Answer(p =>
    {
        bool Wants(string name) => properties.Count == 0 || properties.Contains(name) || properties.Contains("*");
        p.Text("name", content.Name);
        p.Text("version", content.Version);
        p.Text("display", concept.DisplayIn(language) ?? concept.Code);
        if (Wants("definition") && concept.Definition is { } definition) Property(p, new ConceptProperty("definition", "String", definition));
        if (Wants("designation")) foreach (var designation in concept.Designations) Write(p, designation);
        if (Wants("parent")) foreach (var parent in concept.Parents) Property(p, new ConceptProperty("parent", "Code", parent.Code), parent.DisplayIn(language));
        if (Wants("child")) foreach (var child in concept.Children) Property(p, new ConceptProperty("child", "Code", child.Code), child.DisplayIn(language));
        if (Wants("inactive") && concept.IsInactive) Property(p, new ConceptProperty("inactive", "Boolean", "true"));
        foreach (var property in concept.Properties.Where(property => property.Code is not ("parent" or "child" or "inactive") && Wants(property.Code))) Property(p, property);
    });

    private static void Write(ParametersWriter p, Designation designation) => p.Parts("designation", part =>
    {
        part.Text("language", designation.Language, "valueCode");
        if (designation.UseCode is not null) part.Coding("use", designation.UseSystem, designation.UseCode);
        part.Text("value", designation.Value);
    });

    private static void Property(ParametersWriter p, ConceptProperty property, string? description = null) => p.Parts("property", part =>
    {
        part.Text("code", property.Code, "valueCode");
        part.Value("value", property);
        part.Text("description", description);
    });
}
