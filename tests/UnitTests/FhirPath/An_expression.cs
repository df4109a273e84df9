using System.Text;
using Health.Fhir.FhirPath;
using Health.Fhir.Validation;

namespace Health.UnitTests.FhirPath;

public sealed class An_expression
{
    private const string Patient = """
        {"resourceType":"Patient","id":"p","active":true,"birthDate":"1990-05-01","_birthDate":{"extension":[{"url":"http://e","valueDateTime":"1990-05-01T10:00:00+08:00"}]},
         "name":[{"use":"official","family":"张","given":["三","四"]},{"use":"usual","text":"张三"}],"gender":"male","multipleBirthInteger":2,
         "identifier":[{"system":"a","value":"1"},{"system":"b","value":"2"},{"system":"a","value":"3"}],
         "contained":[{"resourceType":"Organization","id":"o","name":"医院"}],"managingOrganization":{"reference":"#o"},
         "extension":[{"url":"http://x","valueQuantity":{"value":5,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}]}
        """;

    [Theory]
    [InlineData("name.given", "三,四")]
    [InlineData("Patient.name.given", "三,四")]
    [InlineData("Observation.name.given", "")]
    [InlineData("name[1].text", "张三")]
    [InlineData("name.where(use = 'official').family", "张")]
    [InlineData("name.given.first() + name.given.last()", "三四")]
    [InlineData("name.count() = 2 and active", "true")]
    [InlineData("name.exists(use = 'old')", "false")]
    [InlineData("identifier.where(system = 'a').value", "1,3")]
    [InlineData("identifier.select(system & '|' & value)", "a|1,b|2,a|3")]
    [InlineData("identifier.system.distinct().count()", "2")]
    [InlineData("identifier.system.isDistinct()", "false")]
    [InlineData("identifier.all(value.exists())", "true")]
    [InlineData("identifier.tail().value", "2,3")]
    [InlineData("identifier.skip(1).take(1).value", "2")]
    [InlineData("identifier.value.combine('9').count()", "4")]
    [InlineData("'a' in identifier.system", "true")]
    [InlineData("identifier.system contains 'z'", "false")]
    [InlineData("(identifier.system | 'c').count()", "3")]
    [InlineData("identifier.value.select(toInteger()).where($this > 1)", "2,3")]
    [InlineData("multipleBirth", "2")]
    [InlineData("multipleBirth is integer", "true")]
    [InlineData("multipleBirth.ofType(boolean).empty()", "true")]
    [InlineData("(multipleBirth as integer) * 3 - 1", "5")]
    [InlineData("7 div 2 + 7 mod 2", "4")]
    [InlineData("birthDate < @1990-06", "true")]
    [InlineData("birthDate = @1990", "")]
    [InlineData("birthDate.extension('http://e').value.exists()", "true")]
    [InlineData("birthDate.hasValue()", "true")]
    [InlineData("birthDate + 1 year = @1991-05-01", "true")]
    [InlineData("deceased.exists().not()", "true")]
    [InlineData("{} or true", "true")]
    [InlineData("{} and true", "")]
    [InlineData("false implies {}", "true")]
    [InlineData("true xor active", "false")]
    [InlineData("gender = 'male' implies name.exists()", "true")]
    [InlineData("iif(active, 'yes', 'no')", "yes")]
    [InlineData("managingOrganization.resolve().name", "医院")]
    [InlineData("managingOrganization.resolve() is Organization", "true")]
    [InlineData("contained.id = 'o' and contained is Resource", "true")]
    [InlineData("extension('http://x').value.code", "mg")]
    [InlineData("extension.value.ofType(Quantity) = 0.005 'g'", "true")]
    [InlineData("extension.value.value > 4.5", "true")]
    [InlineData("'abc'.matches('^a.c$')", "true")]
    [InlineData("'abc'.replaceMatches('b', 'x') & 'abc'.substring(1, 1) & 'abc'.upper()", "axcbABC")]
    [InlineData("'abc'.indexOf('c') + 'abc'.length()", "5")]
    [InlineData("'1.50'.toDecimal() = 1.5", "true")]
    [InlineData("descendants().where($this is string).count() > 5", "true")]
    [InlineData("repeat(extension).url", "http://x")]
    [InlineData("%resource.id & %context.id", "pp")]
    [InlineData("name.given.exclude('三')", "四")]
    [InlineData("name.select(given.count())", "2,0")]
    [InlineData("children().count() > 5", "true")]
    [InlineData("`active`", "true")]
    [InlineData("-multipleBirth // a comment", "-2")]
    [InlineData("identifier.where($index = 1).value", "2")]
    public void selects_or_computes(string expression, string expected) => Assert.Equal(expected, string.Join(',', FhirPathExpression.Parse(expression).Print(Tree(Patient), 0)));

    [Theory]
    [InlineData("name.", "ends too early")]
    [InlineData("name.(", "'('")]
    [InlineData("name.foo()", "foo()")]
    [InlineData("name[0", "']' is missing")]
    [InlineData("'abc", "not closed")]
    [InlineData("a ; b", "';'")]
    [InlineData("%nobody", "%nobody")]
    public void that_is_none_is_refused_with_its_place(string expression, string says) =>
        Assert.Contains(says, Assert.Throws<FhirPathException>(() => FhirPathExpression.Parse(expression)).Message);

    [Fact]
    public void of_a_thousand_parentheses_is_refused() =>
        Assert.Contains("nested", Assert.Throws<FhirPathException>(() => FhirPathExpression.Parse(new string('(', 1000) + "1" + new string(')', 1000))).Message);

    [Fact]
    public void that_grows_without_end_is_stopped()
    {
        var all = FhirPathExpression.Parse("descendants().select(%resource.descendants().select(%resource.descendants().select(%resource.descendants().select(%resource.descendants()))))");
        Assert.Contains("more than", Assert.Throws<FhirPathException>(() => all.Print(Tree(Patient), 0)).Message);
    }

    [Fact]
    public void with_a_hostile_pattern_costs_linear_time()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(["false"], FhirPathExpression.Parse($"'{new string('a', 5000)}!'.matches('^(a+)+$')").Print(Tree(Patient), 0));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), watch.Elapsed.ToString());
    }

    private static ResourceTree Tree(string json)
    {
        var tree = ResourceTree.Parse(Encoding.UTF8.GetBytes(json));
        ResourceValidator.Run(tree, new ValidationIssues(), false);
        return tree;
    }
}
