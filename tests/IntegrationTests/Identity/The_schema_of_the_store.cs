using Health.Contracts;
using Health.Identity;
using Health.Identity.Store;
using Microsoft.EntityFrameworkCore;

namespace Health.IntegrationTests.Identity;

/// <summary>OpenIddict brings its model, the platform runs its scripts once: an update of the package that changes the model must show here.</summary>
public sealed class The_schema_of_the_store
{
    [Fact]
    public void is_what_its_model_asks_for()
    {
        using var store = new IdentityStore(new DbContextOptionsBuilder<IdentityStore>().UseNpgsql("Host=none").UseOpenIddict().Options);
        var script = SchemaScript.EmbeddedIn(typeof(IdentityModule), "identity")[0].Sql;
        Assert.Equal(Normal(store.Database.GenerateCreateScript()), Normal(script[(script.IndexOf('\n') + 1)..]));
    }

    private static string Normal(string sql) => sql.ReplaceLineEndings("\n").Trim();
}
