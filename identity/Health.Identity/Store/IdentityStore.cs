using Microsoft.EntityFrameworkCore;

namespace Health.Identity.Store;

/// <summary>OpenIddict's tables (schema <c>identity</c>): applications, authorizations, tokens. Created by Schema/001, not by this class.</summary>
public sealed class IdentityStore(DbContextOptions<IdentityStore> options) : DbContext(options)
{
    public const string Schema = "identity";

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(Schema);
        modelBuilder.UseOpenIddict();
    }
}
