using CsCheck;
using Health.Identity.Scopes;

namespace Health.UnitTests.Identity;

public sealed class A_granted_scope
{
    private static readonly Gen<SmartScope> Scopes =
        from context in Gen.OneOfConst("patient", "user", "system")
        from type in Gen.OneOfConst("*", "Patient", "Observation", "Encounter")
        from letters in Gen.Int[1, 31].Select(bits => string.Concat("cruds".Where((_, i) => (bits >> i & 1) == 1)))
        from query in Gen.OneOfConst("", "category=a", "category=b", "code=x", "category=a&code=x")
        select new SmartScope(context, type, letters, query);

    [Fact]
    public void never_allows_what_either_side_does_not()
    {
        Gen.Select(Scopes, Scopes).Sample((requested, registered) =>
        {
            if (requested.Intersect(registered) is not { } granted) return;
            foreach (var side in new[] { requested, registered })
            {
                Assert.Equal(side.Context, granted.Context);
                Assert.True(side.ResourceType == "*" || side.ResourceType == granted.ResourceType);
                Assert.All(granted.Letters, letter => Assert.Contains(letter, side.Letters));
                if (side.Query.Length > 0) Assert.All(side.Query.Split('&'), part => Assert.Contains(part, granted.Query.Split('&')));
            }
            Assert.True(SmartScope.TryParse(granted.ToString(), out var again));
            Assert.Equal(granted, again);
        });
    }
}
