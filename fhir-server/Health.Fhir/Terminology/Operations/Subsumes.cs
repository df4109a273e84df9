using Health.Contracts;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Terminology;

/// <summary>CodeSystem/$subsumes: how two codes stand to each other. http://hl7.org/fhir/R4/codesystem-operation-subsumes.html</summary>
public static class Subsumes
{
    private static readonly string[] Known = ["codeA", "codeB", "system", "version", "codingA", "codingB"];

    public static void Map(IEndpointRouteBuilder fhir) => TerminologyDoor.Map(fhir, "CodeSystem", "subsumes", true, Run);

    private static FhirAnswer Run(TerminologyCall call)
    {
        var (input, refusal) = OperationInput.Read(call.Request, Known);
        if (refusal is not null) return FhirAnswer.Of(refusal);
        var (first, noFirst) = CodingInput.Read(input!, "codeA", "codingA", null);
        var (second, noSecond) = CodingInput.Read(input!, "codeB", "codingB", null);
        if ((noFirst ?? noSecond) is { } missing) return FhirAnswer.Of(missing);
        var (a, b) = (first[0], second[0]);
        if (a.System is not null && b.System is not null && a.System != b.System) return FhirAnswer.Of(Refusal.Invalid($"The codes are of two systems, {a.System} and {b.System}: nothing is known between them.", "codingB"));
        CodeSystemContent? content;
        if (call.Own is { } own) content = CodeSystemContent.Read(own);
        else
        {
            if ((a.System ?? b.System ?? input!.Text("system")) is not { } system) return FhirAnswer.Of(new Refusal(400, "required", "The system of the codes is missing.", "system"));
            content = call.Library.System(system, input!.Text("version"));
            if (content is null) return TerminologyDoor.NotFound($"The code system {system} is not known here.", "system");
        }

        if (content.Find(a.Code) is not { } left) return TerminologyDoor.NotFound(Lookup.Unknown(content, a.Code), "codeA");
        if (content.Find(b.Code) is not { } right) return TerminologyDoor.NotFound(Lookup.Unknown(content, b.Code), "codeB");
        var outcome = left == right ? "equivalent" : CodeSystemContent.Below(left).Contains(right) ? "subsumes" : CodeSystemContent.Above(left).Contains(right) ? "subsumed-by" : "not-subsumed";
        return ParametersWriter.Answer(p => p.Text("outcome", outcome, "valueCode"));
    }
}
