using System.Text.Json;
using Health.Fhir.Terminology;

namespace Health.UnitTests.Terminology;

public sealed class A_value_set
{
    private const string Tree = """
        {"resourceType":"CodeSystem","url":"urn:tree","content":"complete","caseSensitive":true,"concept":[
          {"code":"animal","concept":[{"code":"dog","display":"Dog","property":[{"code":"legs","valueInteger":4}],"concept":[{"code":"poodle"}]},{"code":"bird","property":[{"code":"legs","valueInteger":2}]}]},
          {"code":"plant","property":[{"code":"notSelectable","valueBoolean":true}],"concept":[{"code":"oak"}]},
          {"code":"mouse-tree","property":[{"code":"parent","valueCode":"animal"}]}]}
        """;

    [Theory]
    [InlineData("""{"system":"urn:tree"}""", "animal bird dog mouse-tree oak poodle")]
    [InlineData("""{"system":"urn:tree","concept":[{"code":"dog"},{"code":"unknown"}]}""", "dog unknown")]
    [InlineData("""{"system":"urn:tree","filter":[{"property":"concept","op":"is-a","value":"dog"}]}""", "dog poodle")]
    [InlineData("""{"system":"urn:tree","filter":[{"property":"concept","op":"descendent-of","value":"animal"}]}""", "bird dog mouse-tree poodle")]
    [InlineData("""{"system":"urn:tree","filter":[{"property":"concept","op":"is-not-a","value":"animal"}]}""", "oak")]
    [InlineData("""{"system":"urn:tree","filter":[{"property":"concept","op":"generalizes","value":"poodle"}]}""", "animal dog poodle")]
    [InlineData("""{"system":"urn:tree","filter":[{"property":"legs","op":"=","value":"4"}]}""", "dog")]
    [InlineData("""{"system":"urn:tree","filter":[{"property":"legs","op":"in","value":"2,4"}]}""", "bird dog")]
    [InlineData("""{"system":"urn:tree","filter":[{"property":"legs","op":"exists","value":"false"}]}""", "animal mouse-tree oak poodle")]
    [InlineData("""{"system":"urn:tree","filter":[{"property":"code","op":"regex","value":".o.*"}]}""", "dog mouse-tree poodle")]
    [InlineData("""{"system":"urn:tree","filter":[{"property":"legs","op":"exists","value":"true"},{"property":"concept","op":"is-a","value":"dog"}]}""", "dog")]
    public void includes(string include, string codes) => Assert.Equal(codes, Codes($$$"""{"compose":{"include":[{{{include}}}]}}"""));

    [Fact]
    public void leaves_out_what_it_excludes() =>
        Assert.Equal("animal bird mouse-tree oak", Codes("""{"compose":{"include":[{"system":"urn:tree"}],"exclude":[{"system":"urn:tree","filter":[{"property":"concept","op":"is-a","value":"dog"}]}]}}"""));

    [Fact]
    public void imports_what_is_in_all_of_the_others() =>
        Assert.Equal("dog", Codes("""{"compose":{"include":[{"system":"urn:tree","filter":[{"property":"legs","op":"exists","value":"true"}],"valueSet":["urn:dogs"]}]}}"""));

    [Theory]
    [InlineData("""{"system":"http://snomed.info/sct"}""", "too-costly")]
    [InlineData("""{"system":"urn:nothing"}""", "not-found")]
    [InlineData("""{"system":"urn:tree","filter":[{"property":"concept","op":"is-a","value":"cat"}]}""", "invalid")]
    [InlineData("""{"system":"urn:tree","filter":[{"property":"code","op":"regex","value":"("}]}""", "not-supported")]
    [InlineData("""{"valueSet":["urn:nothing"]}""", "not-found")]
    [InlineData("""{"valueSet":["urn:self"]}""", "too-costly")]
    public void that_cannot_be_enumerated_says_why(string include, string code)
    {
        var (codes, why) = Library.Expander.Expand(JsonDocument.Parse($$$"""{"compose":{"include":[{{{include}}}]}}""").RootElement);
        Assert.Null(codes);
        Assert.Equal(code, why!.Code);
    }

    [Fact]
    public void of_every_required_binding_of_R4_can_be_enumerated_or_is_a_grammar()
    {
        string[] grammars = ["http://hl7.org/fhir/ValueSet/mimetypes", "http://hl7.org/fhir/ValueSet/ucum-units", "http://hl7.org/fhir/ValueSet/all-languages"];
        string[] absent = ["http://hl7.org/fhir/ValueSet/characteristic-combination", "http://loinc.org/vs/LL379-9", "http://hl7.org/fhir/ValueSet/subscription-notification-type"];
        var bound = Health.Fhir.Validation.DefinitionPack.R4.All("Type").SelectMany(entry => Health.Fhir.Validation.TypeShape.Of(entry.Name)!.Elements).Select(element => element.RequiredValueSet).OfType<string>()
            .Select(url => url.Split('|')[0]).Distinct().ToList();
        Assert.True(bound.Count > 200);
        Assert.Empty(bound.Where(url => CodeLibrary.R4.Expand(url) is null).Except(grammars).Except(absent));
    }

    [Fact]
    public void of_the_county_units_changes_with_the_date()
    {
        var system = CodeLibrary.R4.System("https://fhir.mianyang.example/CodeSystem/mianyang-division", null)!;
        Assert.Equal((true, false), (system.Find("510724")!.IsValidOn(new DateOnly(2015, 6, 1)), system.Find("510724")!.IsValidOn(new DateOnly(2017, 1, 1))));
        Assert.Equal((false, true), (system.Find("510705")!.IsValidOn(new DateOnly(2015, 6, 1)), system.Find("510705")!.IsValidOn(new DateOnly(2017, 1, 1))));
    }

    private static CodeLibrary Library { get; } = new(CodeLibrary.R4,
    [
        new ConformanceResource("CodeSystem", "tree", JsonDocument.Parse(Tree).RootElement),
        new ConformanceResource("ValueSet", "dogs", JsonDocument.Parse("""{"url":"urn:dogs","compose":{"include":[{"system":"urn:tree","filter":[{"property":"concept","op":"is-a","value":"dog"}]}]}}""").RootElement),
        new ConformanceResource("ValueSet", "self", JsonDocument.Parse("""{"url":"urn:self","compose":{"include":[{"valueSet":["urn:self"]}]}}""").RootElement),
    ]);

    private static string Codes(string valueSet) => string.Join(' ', Library.Expander.Expand(JsonDocument.Parse(valueSet).RootElement).Codes!.Select(code => code.Code).Order(StringComparer.Ordinal));
}
