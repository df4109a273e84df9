using System.Text;
using System.Text.Json;
using Health.Broker.Audit;
using Health.Contracts;

namespace Health.UnitTests.Broker;

/// <summary>Pins docs/adr/0004. The expected values were computed by another program from the text of the record.</summary>
public sealed class An_audit_leaf
{
    private const string FullBody =
        "{\"action\":\"R\",\"actor\":\"user:医生1\",\"at\":\"2026-11-24T06:07:08.123456Z\",\"client\":\"demo-hospital\",\"detail\":\"1679af9a3d9d02444d584e26c5e6f1e82ee278dd3d40a92268e2c6863214fab2\","
        + "\"fact\":\"0198c0de-0000-7000-8000-000000000001\",\"institution\":\"MY510703H001\",\"interaction\":\"read\",\"node\":\"city\",\"outcome\":0,\"purpose\":\"TREAT\",\"request\":\"req \\\"1\\\"\\n\","
        + "\"resident\":\"r0000000000000000000000001\",\"target\":\"Patient/abc/_history/3\"}";

    private const string BareBody =
        "{\"action\":\"E\",\"actor\":\"user:医生1\",\"at\":\"2026-11-24T06:07:08.123456Z\",\"client\":\"demo-hospital\",\"fact\":\"0198c0de-0000-7000-8000-000000000001\","
        + "\"interaction\":\"search\",\"node\":\"city\",\"outcome\":0,\"purpose\":\"TREAT\",\"request\":\"req \\\"1\\\"\\n\"}";

    private static readonly AuditFact Bare = new(
        Guid.Parse("0198c0de-0000-7000-8000-000000000001"), new DateTimeOffset(2026, 11, 24, 14, 7, 8, 123, 456, TimeSpan.FromHours(8)), "E", "search", 0,
        "user:医生1", "demo-hospital", null, PurposeOfUse.TREAT, "req \"1\"\n");

    private static readonly AuditFact Full = Bare with
    {
        Action = "R", Interaction = "read", InstitutionCode = "MY510703H001", ResidentId = "r0000000000000000000000001", Target = "Patient/abc/_history/3",
    };

    [Fact]
    public void of_a_full_fact_has_the_published_value() => Check(
        Full, "1679af9a3d9d02444d584e26c5e6f1e82ee278dd3d40a92268e2c6863214fab2", FullBody, "705bc208a3c610737d5d8590077d7c844d0c328b466701a3b7ba3d4f3b78e5c1");

    [Fact]
    public void of_a_bare_fact_has_the_published_value() => Check(Bare, null, BareBody, "64ab578f17babadc18ee36458659a0a2a10ab1e69f813c33f29f580912ffbeb1");

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{\"fact\":1}")]
    public void is_not_made_of_what_is_no_body(string body) =>
        Assert.ThrowsAny<JsonException>(() => AuditLeaf.OfBody(Encoding.UTF8.GetBytes(body)));

    private static void Check(AuditFact fact, string? detailHash, string body, string leaf)
    {
        var encoded = FactRow.Encode(fact, "city", detailHash);
        Assert.Equal(body, Encoding.UTF8.GetString(encoded));
        Assert.Equal(leaf, Convert.ToHexStringLower(AuditLeaf.OfBody(encoded)));
        var decoded = FactRow.Decode(encoded);
        Assert.Equal((fact with { At = decoded.Fact.At }, "city", detailHash), (decoded.Fact, decoded.Node, decoded.DetailHash));
        Assert.Equal(fact.At, decoded.Fact.At);
    }
}
