using System.Text;
using Health.Fhir.Interactions;

namespace Health.UnitTests.Records;

public sealed class A_JSON_patch
{
    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b","value":[1]},{"op":"add","path":"/b/-","value":2},{"op":"add","path":"/b/0","value":0}]""", """{"a":1,"b":[0,1,2]}""")]
    [InlineData("""{"a":1.50,"b":2}""", """[{"op":"remove","path":"/b"}]""", """{"a":1.50}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"replace","path":"/a/b","value":{"c":null}}]""", """{"a":{"b":{"c":null}}}""")]
    [InlineData("""{"a/b":1,"m~n":2}""", """[{"op":"move","from":"/a~1b","path":"/x"},{"op":"copy","from":"/m~0n","path":"/y"}]""", """{"m~n":2,"x":1,"y":2}""")]
    [InlineData("""{"a":"x"}""", """[{"op":"test","path":"/a","value":"x"}]""", """{"a":"x"}""")]
    public void follows_RFC_6902(string target, string patch, string expected)
    {
        var (json, refusal) = JsonPatch.Apply(Encoding.UTF8.GetBytes(target), Encoding.UTF8.GetBytes(patch));
        Assert.Null(refusal);
        Assert.Equal(expected, Encoding.UTF8.GetString(json));
    }

    [Theory]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""", "Operation 0 tests")]
    [InlineData("""[{"op":"add","path":"/b","value":1},{"op":"remove","path":"/c"}]""", "Operation 1 has a path that leads nowhere")]
    [InlineData("""[{"op":"add","path":"/l/7","value":1}]""", "index '7'")]
    [InlineData("""[{"op":"add","path":"/l/01","value":1}]""", "index '01'")]
    [InlineData("""[{"op":"explode","path":"/a"}]""", "unknown op 'explode'")]
    [InlineData("""[{"op":"add","path":"a","value":1}]""", "does not start with '/'")]
    [InlineData("""[{"op":"add","path":"/a"}]""", "has no value")]
    [InlineData("""{"op":"add"}""", "array of operations")]
    public void that_cannot_be_applied_says_which_operation_failed(string patch, string says) =>
        Assert.Contains(says, JsonPatch.Apply("""{"a":1,"l":[]}"""u8, Encoding.UTF8.GetBytes(patch)).Refusal!.Diagnostics);

    [Fact]
    public void cannot_grow_without_bound_by_copies_of_copies()
    {
        var copies = string.Join(',', Enumerable.Range(0, 60).Select(i => $$"""{"op":"copy","from":"","path":"/c{{i}}"}"""));
        Assert.Contains("copies more than 100000 values", JsonPatch.Apply("""{"a":{"b":1}}"""u8, Encoding.UTF8.GetBytes($"[{copies}]")).Refusal!.Diagnostics);
    }

    [Fact]
    public void cannot_nest_without_bound()
    {
        var nested = string.Join(',', Enumerable.Range(0, 80).Select(i => """{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/a","value":{}},{"op":"move","from":"/b","path":"/a/x"}"""));
        Assert.Equal(413, JsonPatch.Apply("""{"a":{}}"""u8, Encoding.UTF8.GetBytes($"[{nested}]")).Refusal!.Status);
    }

    [Theory]
    [InlineData("""[{"op":"add","op":"remove","path":"/a","value":1}]""", "no member twice")]
    [InlineData("""[{"op":"move","from":"/a","path":"/a/b"}]""", "moves a value into itself")]
    public void that_means_two_things_is_refused(string patch, string says) =>
        Assert.Contains(says, JsonPatch.Apply("""{"a":{}}"""u8, Encoding.UTF8.GetBytes(patch)).Refusal!.Diagnostics);
}
