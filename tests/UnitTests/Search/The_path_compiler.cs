using Health.Fhir.Search;

namespace Health.UnitTests.Search;

public sealed class The_path_compiler
{
    private static readonly FhirDefinitions R4 = FhirDefinitions.R4;

    [Fact]
    public void understands_every_standard_parameter_but_the_listed_ones()
    {
        var extractor = new Extractor(Recording.Settings);
        var unsupported = R4.ResourceTypes.SelectMany(type => extractor.Unsupported(type).Select(code => (type, code)))
            .Where(p => R4.ParametersOf(p.type)[p.code].Type != SearchType.Composite)
            .Where(p => p.code is not ("_text" or "_content" or "_query"))
            .Select(p => $"{p.type}.{p.code}").Order(StringComparer.Ordinal);
        Assert.Fail(string.Join(" ", unsupported));
    }
}
