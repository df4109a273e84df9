using System.Collections.Immutable;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Health.Identity.Tokens;

/// <summary>
/// What clients find out by themselves: RFC 8414 / OpenID discovery and the SMART configuration
/// (https://hl7.org/fhir/smart-app-launch/conformance.html).
/// </summary>
internal sealed class Discovery : IOpenIddictServerHandler<HandleConfigurationRequestContext>
{
    private static readonly string[] SigningAlgorithms = ["RS384", "ES384"];

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleConfigurationRequestContext>()
        .UseSingletonHandler<Discovery>()
        .SetOrder(int.MaxValue - 50_000)
        .Build();

    public ValueTask HandleAsync(HandleConfigurationRequestContext context)
    {
        context.Metadata["token_endpoint_auth_signing_alg_values_supported"] = ImmutableArray.Create<string?>(SigningAlgorithms);
        return default;
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in (ReadOnlySpan<string>)["/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration"])
            routes.MapGet(path, Smart).AllowAnonymous();
    }

    private static IResult Smart(HttpRequest request, IdentitySettings settings)
    {
        var at = $"{request.Scheme}://{request.Host}/identity/";
        return Results.Json(new Dictionary<string, object>
        {
            ["issuer"] = settings.Issuer.AbsoluteUri,
            ["jwks_uri"] = at + "jwks",
            ["authorization_endpoint"] = at + "authorize",
            ["token_endpoint"] = at + "token",
            ["introspection_endpoint"] = at + "introspect",
            ["revocation_endpoint"] = at + "revoke",
            ["grant_types_supported"] = new[] { "authorization_code", "client_credentials" },
            ["response_types_supported"] = new[] { "code" },
            ["token_endpoint_auth_methods_supported"] = new[] { "private_key_jwt" },
            ["token_endpoint_auth_signing_alg_values_supported"] = SigningAlgorithms,
            ["scopes_supported"] = new[] { "openid", "profile", "system/*.cruds", "system/*.rs" },
            ["code_challenge_methods_supported"] = new[] { "S256" },
            ["capabilities"] = new[] { "client-confidential-asymmetric", "permission-v1", "permission-v2", "authorize-post" },
        });
    }
}
