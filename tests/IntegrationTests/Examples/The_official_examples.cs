using Health.Fhir.Wire;

namespace Health.IntegrationTests.Examples;

/// <summary>All of HL7's R4 examples are taken, except these, each for its reason (docs/fhir.md lists them).</summary>
public sealed class The_official_examples
{
    /// <summary>File → a place that is wrong with it.</summary>
    internal static readonly Dictionary<string, string> Refused = new()
    {
        ["DeviceMetric-example.json"] = "DeviceMetric.parent.reference",
        ["DeviceUseStatement-example.json"] = "DeviceUseStatement.reasonReference[0].reference",
        ["MedicationRequest-medrx0301.json"] = "MedicationRequest.dispenseRequest.performer.reference",
        ["Observation-clinical-gender.json"] = "Observation.performer[0].reference",
        ["ImplementationGuide-fhir.json"] = "ImplementationGuide.name",
        ["ig-r4.json"] = "ImplementationGuide.name",
        ["Questionnaire-qs1.json"] = "Questionnaire.item[0].item[0].linkId",
        ["SearchParameter-codesystem-extensions-CodeSystem-author.json"] = "SearchParameter.base",
        ["SearchParameter-codesystem-extensions-CodeSystem-effective.json"] = "SearchParameter.base",
        ["SearchParameter-codesystem-extensions-CodeSystem-end.json"] = "SearchParameter.base",
        ["SearchParameter-codesystem-extensions-CodeSystem-keyword.json"] = "SearchParameter.base",
        ["SearchParameter-codesystem-extensions-CodeSystem-workflow.json"] = "SearchParameter.base",
        ["SearchParameter-valueset-extensions-ValueSet-author.json"] = "SearchParameter.base",
        ["SearchParameter-valueset-extensions-ValueSet-effective.json"] = "SearchParameter.base",
        ["SearchParameter-valueset-extensions-ValueSet-end.json"] = "SearchParameter.base",
        ["SearchParameter-valueset-extensions-ValueSet-keyword.json"] = "SearchParameter.base",
        ["SearchParameter-valueset-extensions-ValueSet-workflow.json"] = "SearchParameter.base",
        ["StructureDefinition-Definition.json"] = "StructureDefinition",
        ["StructureDefinition-Event.json"] = "StructureDefinition",
        ["StructureDefinition-FiveWs.json"] = "StructureDefinition",
        ["StructureDefinition-Request.json"] = "StructureDefinition",
        ["ActivityDefinition-heart-valve-replacement.json"] = "ActivityDefinition.text.div",
        ["ActivityDefinition-blood-tubes-supply.json"] = "ActivityDefinition.text.div",
        ["EventDefinition-example.json"] = "EventDefinition.text.div",
        ["Questionnaire-zika-virus-exposure-assessment.json"] = "Questionnaire.text.div",
        ["SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject.json"] = "SearchParameter.id",
    };

    [Fact]
    public void are_valid_but_for_the_listed_ones()
    {
        Assert.SkipWhen(SharedExamples.Official is null, SharedExamples.Missing);
        List<string> surprises = [];
        var count = 0;
        foreach (var file in Directory.GetFiles(SharedExamples.Official!, "*.json", SearchOption.AllDirectories))
        {
            var name = Path.GetFileName(file);
            if (name == "package.json") continue;
            count++;
            var issues = ResourceCheck.TryRead(SharedExamples.Read(file), null, out _);
            if (Refused.TryGetValue(name, out var place) ? issues.All(issue => issue.Expression != place) : issues.Count > 0)
                surprises.Add($"{name}: {string.Join("; ", issues.Take(3).Select(issue => $"{issue.Expression} {issue.Diagnostics}"))}");
        }

        Assert.True(count > 5000, $"only {count} examples");
        Assert.True(surprises.Count == 0, string.Join('\n', surprises.Take(30)));
    }
}
