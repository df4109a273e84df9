using System.Text;
using System.Text.Json.Nodes;
using Health.Fhir.Records;

namespace Health.UnitTests.Records;

public sealed class Spliced_bytes
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 0, 0, 0, 120, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"resourceType":"Patient","active":true}""", """{"resourceType":"Patient","id":"p","meta":{"versionId":"7","lastUpdated":"2026-03-01T08:00:00.120+08:00"},"active":true}""")]
    [InlineData("""{"resourceType":"Patient"}""", """{"resourceType":"Patient","id":"p","meta":{"versionId":"7","lastUpdated":"2026-03-01T08:00:00.120+08:00"}}""")]
    [InlineData("""{}""", """{"resourceType":"Patient","id":"p","meta":{"versionId":"7","lastUpdated":"2026-03-01T08:00:00.120+08:00"}}""")]
    [InlineData("""{"active":true}""", """{"resourceType":"Patient","id":"p","meta":{"versionId":"7","lastUpdated":"2026-03-01T08:00:00.120+08:00"},"active":true}""")]
    [InlineData("""{ "id" : "old", "resourceType":"Patient", "meta" : {} }""", """{ "id" : "p", "resourceType":"Patient", "meta" : {"versionId":"7","lastUpdated":"2026-03-01T08:00:00.120+08:00"} }""")]
    [InlineData("""{"resourceType":"Patient","id":"old","meta":{"profile":["x"],"versionId":"1"}}""", """{"resourceType":"Patient","id":"p","meta":{"lastUpdated":"2026-03-01T08:00:00.120+08:00","profile":["x"],"versionId":"7"}}""")]
    [InlineData("""{"meta":{"lastUpdated":"2020-01-01T00:00:00Z","versionId":"1"},"x":1.500,"id":"q","resourceType":"Patient"}""", """{"meta":{"lastUpdated":"2026-03-01T08:00:00.120+08:00","versionId":"7"},"x":1.500,"id":"p","resourceType":"Patient"}""")]
    public void set_id_version_and_time_and_keep_every_other_byte(string received, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(received);
        Assert.Null(ResourceScan.TryRead(bytes, out var scan));
        var spliced = Encoding.UTF8.GetString(ResourceBytes.Splice(bytes, scan, "Patient", "p", 7, At));
        Assert.Equal(expected, spliced);
        Assert.NotNull(JsonNode.Parse(spliced));
    }

    [Theory]
    [InlineData("""{"a":1,"b":"中"}""", """{ "a" : 1, "b":"\u4e2d" }""", true)]
    [InlineData("""{"a":1.0}""", """{"a":1.00}""", false)]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", false)]
    [InlineData("""{"a":"1"}""", """{"a":1}""", false)]
    public void say_the_same_when_only_spelling_differs(string one, string other, bool same) =>
        Assert.Equal(same, ResourceBytes.SayTheSame(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other)));
}
