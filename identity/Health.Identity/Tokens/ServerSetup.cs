using Health.Contracts;
using Health.Identity.Clients;
using Health.Identity.Keys;
using Health.Identity.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using OpenIddict.Validation;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Health.Identity.Tokens;

/// <summary>The OAuth 2 server and the check of its tokens at the platform's doors, in one process.</summary>
internal static class ServerSetup
{
    public static void Add(IServiceCollection services)
    {
        services.AddOpenIddict()
            .AddCore(options => options.UseEntityFrameworkCore().UseDbContext<IdentityStore>())
            .AddServer(Server)
            .AddValidation(options =>
            {
                options.UseLocalServer();
                // A revoked token is told by its row alone; a token is looked up once (KnownTokens).
                options.EnableTokenEntryValidation();
                options.UseAspNetCore();
            });
        // What depends on settings, keys and node is filled in when they are known.
        services.AddOptions<OpenIddictServerOptions>().Configure<IdentitySettings, NodeIdentity>((options, settings, node) =>
        {
            options.Issuer = settings.Issuer;
            options.AccessTokenLifetime = settings.AccessTokenLifetime;
            var keys = ServerKeys.Load(node);
            options.SigningCredentials.AddRange(keys.Signing);
            options.EncryptionCredentials.Add(keys.Encryption);
        });
        services.AddOptions<OpenIddictServerAspNetCoreOptions>().Configure<NodeIdentity>((options, node) =>
            options.DisableTransportSecurityRequirement = node.IsDevelopment);
        services.AddOptions<OpenIddictValidationOptions>().Configure<IdentitySettings>((options, settings) => options.Audiences.Add(settings.Audience));
    }

    private static void Server(OpenIddictServerBuilder options)
    {
        options.SetConfigurationEndpointUris(
                "/identity/.well-known/openid-configuration", "/.well-known/openid-configuration",
                "/identity/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/identity")
            .SetJsonWebKeySetEndpointUris("/identity/jwks")
            .SetAuthorizationEndpointUris("/identity/authorize")
            .SetTokenEndpointUris("/identity/token")
            .SetEndSessionEndpointUris("/identity/logout")
            .SetIntrospectionEndpointUris("/identity/introspect")
            .SetRevocationEndpointUris("/identity/revoke");
        options.AllowClientCredentialsFlow().AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
        options.SetAuthorizationCodeLifetime(TimeSpan.FromMinutes(2)).SetIdentityTokenLifetime(TimeSpan.FromMinutes(5));
        options.RegisterScopes(OpenIddictConstants.Scopes.OpenId, OpenIddictConstants.Scopes.Profile);
        // Access tokens are read by other servers too; SMART scopes are patterns and are judged by ScopeGrant.
        options.DisableAccessTokenEncryption().DisableScopeValidation().IgnoreScopePermissions();
        options.Configure(server =>
        {
            // SMART: S256 only.
            server.CodeChallengeMethods.Remove(CodeChallengeMethods.Plain);
            // No client of ours has a shared secret.
            server.ClientAuthenticationMethods.Remove(ClientAuthenticationMethods.ClientSecretBasic);
            server.ClientAuthenticationMethods.Remove(ClientAuthenticationMethods.ClientSecretPost);
        });
        options.AddEventHandler(AssertionForm.Descriptor).AddEventHandler(AssertionOnce.Descriptor).AddEventHandler(ClientErrors.Descriptor).AddEventHandler(RevocationTold.Descriptor);
        options.AddEventHandler(Discovery.Descriptor);
        options.UseAspNetCore().EnableTokenEndpointPassthrough().EnableAuthorizationEndpointPassthrough().EnableEndSessionEndpointPassthrough();
    }
}
