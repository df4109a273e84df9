using System.Text.Json;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Health.Identity.Clients;

/// <summary>A client as the store holds it: OpenIddict's columns, and the registration file's text in the property <c>registration</c>.</summary>
internal sealed record RegisteredClient(string ClientId, string? Institution, IReadOnlyList<string> Roles, IReadOnlyList<string> Scopes, string Json)
{
    private const string Property = "registration";

    public bool IsWithdrawn => Json.Length == 0;

    public static OpenIddictApplicationDescriptor Describe(ClientRegistration client)
    {
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = client.ClientId,
            DisplayName = client.ClientId,
            ClientType = ClientTypes.Confidential,
            JsonWebKeySet = client.KeySet(),
            Permissions =
            {
                Permissions.Endpoints.Token, Permissions.Endpoints.Introspection, Permissions.Endpoints.Revocation, Permissions.GrantTypes.ClientCredentials,
            },
        };
        descriptor.Properties[Property] = JsonSerializer.SerializeToElement(JsonSerializer.Serialize(client, ClientRegistration.Json));
        return descriptor;
    }

    /// <summary>Leaves the id taken and everything else refused.</summary>
    public static void Withdraw(OpenIddictApplicationDescriptor descriptor)
    {
        descriptor.Permissions.Clear();
        descriptor.Properties[Property] = JsonSerializer.SerializeToElement("");
    }

    /// <summary>Null when the application did not come from a registration file (the console).</summary>
    public static async ValueTask<RegisteredClient?> Of(IOpenIddictApplicationManager manager, object application, CancellationToken ct)
    {
        var properties = await manager.GetPropertiesAsync(application, ct);
        if (!properties.TryGetValue(Property, out var element)) return null;
        var json = element.GetString()!;
        var id = await manager.GetClientIdAsync(application, ct) ?? throw new InvalidOperationException("A stored client has no id.");
        if (json.Length == 0) return new RegisteredClient(id, null, [], [], "");
        var client = JsonSerializer.Deserialize<ClientRegistration>(json, ClientRegistration.Json)!;
        return new RegisteredClient(id, client.Institution, client.Roles, client.Scopes, json);
    }
}
