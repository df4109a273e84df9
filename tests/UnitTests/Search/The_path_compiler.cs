using Health.Fhir.Search;

namespace Health.UnitTests.Search;

public sealed class The_path_compiler
{
    private static readonly FhirDefinitions R4 = FhirDefinitions.R4;
    private readonly PathCompiler compiler = new(R4);

    [Fact]
    public void understands_every_standard_parameter_but_these()
    {
        var extractor = new Extractor(Recording.Settings);
        var unsupported = R4.ResourceTypes.SelectMany(type => extractor.Unsupported(type).Select(code => (type, code)))
            .Where(p => p.code is not ("_text" or "_content" or "_query"))
            .Select(p => $"{p.type}.{p.code}").Order(StringComparer.Ordinal);
        Assert.Equal("Bundle.composition Bundle.message Subscription.criteria", string.Join(' ', unsupported));
    }

    [Theory]
    [InlineData("Patient", "Patient.name", "name:HumanName")]
    [InlineData("Patient", "Patient.name | Practitioner.name", "name:HumanName")]
    [InlineData("Observation", "(Observation.value.ofType(Quantity)) | (Observation.value.ofType(SampledData))", "valueQuantity:Quantity valueSampledData:SampledData")]
    [InlineData("Observation", "(Observation.value.ofType(CodeableConcept)).text", "valueCodeableConcept.text:string")]
    [InlineData("Observation", "Observation.effective", "effectiveDateTime:dateTime effectivePeriod:Period effectiveTiming:Timing effectiveInstant:instant")]
    [InlineData("Encounter", "Encounter.subject.where(resolve() is Patient)", "subject:Reference>Patient")]
    [InlineData("Patient", "Patient.telecom.where(system='phone')", "telecom[system=phone]:ContactPoint")]
    [InlineData("Patient", "Resource.meta.lastUpdated", "meta.lastUpdated:instant")]
    [InlineData("Practitioner", "Patient.name", "")]
    public void turns_the_branch_of_a_type_into_paths(string type, string expression, string expected)
    {
        var paths = compiler.Compile(type, expression)!.Select(path =>
            string.Join('.', path.Hops.Select(hop => hop.Property + (hop.Where is var (child, literal) ? $"[{child}={literal}]" : ""))) + ":" + path.FhirType + (path.ReferenceType is { } r ? ">" + r : ""));
        Assert.Equal(expected, string.Join(' ', paths));
    }

    [Theory]
    [InlineData("Patient.name.first().text")]
    [InlineData("Patient.name.where(use != 'old')")]
    [InlineData("Patient.nothing")]
    public void refuses_what_is_outside_its_language(string expression) => Assert.Null(compiler.Compile("Patient", expression));
}
