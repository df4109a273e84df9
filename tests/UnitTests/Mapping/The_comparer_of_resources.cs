using System.Text.Json;

namespace Health.UnitTests.Mapping;

public sealed class The_comparer_of_resources
{
    [Theory]
    [InlineData("""{"resourceType":"Patient","gender":"male"}""", """{"resourceType":"Patient","gender":"male"}""", 1, 1)]
    [InlineData("""{"resourceType":"Patient","gender":"male"}""", """{"resourceType":"Patient","gender":"female"}""", 1, 0)]
    [InlineData("""{"resourceType":"Patient","gender":"male"}""", """{"resourceType":"Patient"}""", 1, 0)]
    [InlineData("""{"resourceType":"Patient"}""", """{"resourceType":"Patient","gender":"male"}""", 0, 0)]
    [InlineData("""{"resourceType":"Patient","name":[{"given":["A","B"]}]}""", """{"resourceType":"Patient","name":[{"given":["A","C"]}]}""", 2, 1)]
    [InlineData("""{"resourceType":"Patient","name":[{"text":"A"},{"text":"B"}]}""", """{"resourceType":"Patient","name":[{"text":"A"}]}""", 2, 1)]
    [InlineData("""{"resourceType":"Patient","id":"1","extension":[{"url":"x"}],"_gender":{"x":"y"},"link":[{"other":{"reference":"Patient/1"}}]}""", """{"resourceType":"Patient"}""", 0, 0)]
    [InlineData("""{"resourceType":"Observation","issued":"2026-11-24T08:00:00+08:00"}""", """{"resourceType":"Observation","issued":"2026-11-24T00:00:00Z"}""", 1, 1)]
    [InlineData("""{"resourceType":"Observation","issued":"2026-11-24T08:00:00+08:00"}""", """{"resourceType":"Observation","issued":"2026-11-24T08:00:00Z"}""", 1, 0)]
    [InlineData("""{"resourceType":"Observation","valueQuantity":{"value":1.0}}""", """{"resourceType":"Observation","valueQuantity":{"value":1}}""", 1, 0)]
    [InlineData("""{"resourceType":"Patient","active":true}""", """{"resourceType":"Patient","active":"true"}""", 1, 1)]
    [InlineData("""{"resourceType":"Patient","name":[{"text":"A"}]}""", """{"resourceType":"Patient","name":"A"}""", 1, 0)]
    public void counts_what_is_expected_and_what_is_equal(string theirs, string ours, int compared, int equal)
    {
        var found = ResourceComparer.Compare(JsonDocument.Parse(theirs).RootElement, JsonDocument.Parse(ours).RootElement);
        Assert.Equal((compared, equal), (found.Count, found.Count(one => one.IsEqual)));
    }

    [Fact]
    public void names_the_element_without_its_place() =>
        Assert.Equal("Patient.name.given", ResourceComparer.Compare(JsonDocument.Parse("""{"resourceType":"Patient","name":[{"given":["A"]}]}""").RootElement, null)[0].Element);
}
