using System.Text;
using Health.Fhir.Records;
using Health.Fhir.Wire;

namespace Health.UnitTests.Records;

public sealed class A_received_body
{
    [Theory]
    [InlineData("", "well-formed")]
    [InlineData("[1]", "not a JSON object")]
    [InlineData("""{"resourceType":"Patient","active":true,"active":false}""", "'active' occurs twice")]
    [InlineData("""{"resourceType":"Patient","meta":{"versionId":"1","versionId":"2"}}""", "occurs twice")]
    [InlineData("""{"resourceType":"Patient","name":[{"family":"a","family":"b"}]}""", "'family' occurs twice")]
    [InlineData("""{"resourceType":"Patient","\u0069d":"x"}""", "escapes")]
    [InlineData("""{"resourceType":"Patient",}""", "well-formed")]
    public void that_is_not_sound_JSON_is_refused_with_the_place(string body, string says) =>
        Assert.Contains(says, ResourceScan.TryRead(Encoding.UTF8.GetBytes(body), out _)!.Diagnostics);

    [Fact]
    public void of_sixty_five_levels_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 65)) + "1" + new string('}', 65);
        Assert.NotNull(ResourceScan.TryRead(Encoding.UTF8.GetBytes(deep), out _));
    }

    [Fact]
    public void with_thousands_of_members_is_scanned_without_their_square()
    {
        var wide = "{" + string.Join(',', Enumerable.Range(0, 90_000).Select(i => $"\"m{i}\":1")) + "}";
        Assert.Null(ResourceScan.TryRead(Encoding.UTF8.GetBytes(wide), out _));
        Assert.NotNull(ResourceScan.TryRead(Encoding.UTF8.GetBytes(wide[..^1] + ",\"m5\":2}"), out _));
    }

    [Theory]
    [InlineData("""{"resourceType":"Patient","birthDate":"not a date"}""", "Patient.birthDate")]
    [InlineData("""{"resourceType":"Patient","gender":"unsure"}""", "Patient.gender")]
    [InlineData("""{"resourceType":"Patient","colour":"red"}""", "Patient")]
    [InlineData("""{"resourceType":"Observation","status":"final"}""", "Observation")]
    public void that_breaks_the_resource_definition_names_the_element(string body, string expression)
    {
        var refusal = Assert.Single(ResourceCheck.TryRead(Encoding.UTF8.GetBytes(body), null, out _));
        Assert.Equal(422, refusal.Status);
        Assert.StartsWith(expression, refusal.Expression);
    }

    [Fact]
    public void with_ten_thousand_errors_costs_no_more_than_a_hundred()
    {
        var body = """{"resourceType":"Patient","contained":[""" + string.Join(',', Enumerable.Repeat("""{"resourceType":"Patient","x":1}""", 10_000)) + "]}";
        var issues = ResourceCheck.TryRead(Encoding.UTF8.GetBytes(body), null, out _);
        Assert.Equal((100, "too-costly"), (issues.Count, issues[^1].Code));
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<p onclick='x()'>a</p>")]
    [InlineData("<a href='javascript:alert(1)'>a</a>")]
    [InlineData("<a href=' java&#x09;script:alert(1)'>a</a>")]
    [InlineData("<iframe src='http://a'/>")]
    [InlineData("<p style='background:url(http://a)'>a</p>")]
    [InlineData("<svg><g/></svg>")]
    public void whose_narrative_could_run_code_is_refused(string inside) => Assert.NotEmpty(Narrative(inside));

    [Fact]
    public void with_ordinary_narrative_passes() => Assert.Empty(Narrative("<p class='x'>高血压 <b>II</b></p><a href='https://example.org/x'>a</a><img src='data:image/png;base64,AA==' alt='b'/>"));

    private static IReadOnlyList<Health.Contracts.Refusal> Narrative(string inside)
    {
        var body = """{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'>INSIDE</div>"}}""".Replace("INSIDE", inside);
        return ResourceCheck.TryRead(Encoding.UTF8.GetBytes(body), null, out _);
    }
}
