using System.Text;
using Health.Fhir.Records;

namespace Health.UnitTests.Records;

public sealed class A_merge_patch
{
    // The examples of RFC 7396, appendix A, that patch an object by an object.
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    public void follows_RFC_7396(string target, string patch, string expected) => Assert.Equal(expected, Apply(target, patch));

    // Where the RFC would leave {}.
    [Theory]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", "{}")]
    [InlineData("""{"a":{"b":"c"},"d":1}""", """{"a":{"b":null}}""", """{"d":1}""")]
    [InlineData("""{"a":{"b":{"c":1},"d":2}}""", """{"a":{"b":{"c":null}}}""", """{"a":{"d":2}}""")]
    [InlineData("""{"a":"b"}""", """{"a":{"b":null}}""", "{}")]
    public void leaves_no_empty_object_behind(string target, string patch, string expected) => Assert.Equal(expected, Apply(target, patch));

    [Fact]
    public void keeps_the_bytes_it_does_not_name() =>
        Assert.Equal("""{"value":1.50,"code" : "x","unit":"mg","note":"\u4e2d"}""".Replace("\"code\" : ", "\"code\":"), Apply("""{"value":1.50,"code" : "x","note":"\u4e2d"}""".Replace(",\"note\"", ",\"unit\":\"g\",\"note\""), """{"unit":"mg"}"""));

    [Fact]
    public void on_nothing_is_the_patch_without_its_nulls() => Assert.Equal("""{"a":1}""", Apply("", """{"a":1,"b":null}"""));

    [Fact]
    public void adds_defaults_only_where_nothing_stands() =>
        Assert.Equal("""{"status":"final","class":{"code":"AMB"}}""", Text(MergePatch.AddDefaults(Bytes("""{"status":"final"}"""), Bytes("""{"status":"unknown","class":{"code":"AMB"}}"""))));

    private static string Apply(string target, string patch) => Text(MergePatch.Apply(Bytes(target), Bytes(patch)));
    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
