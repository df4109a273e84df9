using Health.Contracts;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Health.Identity.Clients;

/// <summary>The platform's own clients, which have no registration file: today the console (public client, code and PKCE).</summary>
internal static class OwnClients
{
    public const string Console = "console";

    public static async Task Put(IOpenIddictApplicationManager manager, NodeIdentity node, CancellationToken ct)
    {
        var descriptor = Describe(node);
        if (await manager.FindByClientIdAsync(Console, ct) is { } known) await manager.UpdateAsync(known, descriptor, ct);
        else await manager.CreateAsync(descriptor, ct);
    }

    private static OpenIddictApplicationDescriptor Describe(NodeIdentity node)
    {
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = Console,
            DisplayName = "Console",
            ClientType = ClientTypes.Public,
            ConsentType = ConsentTypes.Implicit,
            ApplicationType = node.IsDevelopment ? ApplicationTypes.Native : ApplicationTypes.Web,
            RedirectUris = { new Uri($"{node.BaseUrl}/console/signin-oidc") },
            PostLogoutRedirectUris = { new Uri($"{node.BaseUrl}/console/signed-out") },
            Permissions =
            {
                Permissions.Endpoints.Authorization, Permissions.Endpoints.Token, Permissions.Endpoints.EndSession,
                Permissions.GrantTypes.AuthorizationCode, Permissions.ResponseTypes.Code,
            },
            Requirements = { Requirements.Features.ProofKeyForCodeExchange },
        };
        if (!node.IsDevelopment) return descriptor;
        // A native client's loopback redirect may use any port when none is registered (RFC 8252 §7.3): what a development machine needs.
        foreach (var host in (ReadOnlySpan<string>)["127.0.0.1", "localhost"])
        {
            descriptor.RedirectUris.Add(new Uri($"http://{host}/console/signin-oidc"));
            descriptor.PostLogoutRedirectUris.Add(new Uri($"http://{host}/console/signed-out"));
        }
        return descriptor;
    }
}
