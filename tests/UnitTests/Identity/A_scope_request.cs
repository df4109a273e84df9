using Health.Identity.Scopes;

namespace Health.UnitTests.Identity;

public sealed class A_scope_request
{
    [Theory]
    [InlineData("system/Patient.rs", "system/*.cruds", "system/Patient.rs")]
    [InlineData("system/*.cruds", "system/Patient.rs system/Observation.s", "system/Patient.rs system/Observation.s")]
    [InlineData("system/Patient.cruds", "system/Patient.rs", "system/Patient.rs")]
    [InlineData("system/Patient.read", "system/*.cruds", "system/Patient.rs")]
    [InlineData("system/Patient.*", "system/*.rs", "system/Patient.rs")]
    [InlineData("system/Patient.c", "system/Patient.rs", "")]
    [InlineData("user/Patient.rs", "system/*.cruds", "")]
    [InlineData("system/Observation.rs?category=laboratory", "system/*.cruds", "system/Observation.rs?category=laboratory")]
    [InlineData("system/Observation.rs", "system/Observation.rs?category=laboratory", "system/Observation.rs?category=laboratory")]
    [InlineData("system/Observation.rs?code=a", "system/Observation.rs?category=b", "system/Observation.rs?code=a&category=b")]
    [InlineData("system/Observation.rs?category=a", "system/Observation.rs?category=b", "")]
    [InlineData("openid card.desk", "openid system/*.rs", "openid")]
    [InlineData("", "system/Patient.rs openid", "system/Patient.rs openid")]
    public void is_granted_where_it_meets_the_registration(string requested, string registered, string granted)
    {
        var grant = ScopeGrant.Of(Split(requested), Split(registered));
        Assert.Null(grant.Malformed);
        Assert.Equal(granted, string.Join(' ', grant.Granted));
    }

    [Theory]
    [InlineData("system/Patient.")]
    [InlineData("system/Patient.sr")]
    [InlineData("system/Patient.crudsx")]
    [InlineData("system/patient.rs")]
    [InlineData("admin/Patient.rs")]
    [InlineData("system/Patient")]
    [InlineData("system/Patient.rs?name=a")]
    [InlineData("system/Patient.rs?")]
    [InlineData("system/Patient.rs?category=a&")]
    [InlineData("system/../Patient.rs")]
    public void that_breaks_the_grammar_is_named(string scope)
    {
        Assert.Equal(scope, ScopeGrant.Of([scope], ["system/*.cruds"]).Malformed);
    }

    [Fact]
    public void of_any_length_costs_bounded_time()
    {
        var hostile = "system/Patient.rs?" + string.Concat(Enumerable.Repeat("category=a&", 100_000));
        Assert.False(SmartScope.TryParse(hostile, out _));
        Assert.NotNull(ScopeGrant.Of([.. Enumerable.Repeat("system/Patient.rs", ScopeGrant.MaxScopes + 1)], ["system/*.rs"]).Malformed);
    }

    private static string[] Split(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
