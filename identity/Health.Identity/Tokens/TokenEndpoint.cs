using System.Security.Claims;
using Health.Contracts;
using Health.Identity.Clients;
using Health.Identity.Scopes;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Health.Identity.Tokens;

/// <summary>
/// POST /identity/token (RFC 6749 §4.1.3, §4.4; SMART backend services). Client, assertion, code and verifier were checked before this runs;
/// here it is decided what the token says.
/// </summary>
internal static class TokenEndpoint
{
    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static async Task<IResult> Handle(HttpContext http, IOpenIddictApplicationManager clients, IdentitySettings settings)
    {
        var request = http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("The token endpoint was reached around the OpenID Connect server.");
        if (request.IsClientCredentialsGrantType()) return await ForClient(request, clients, settings, http.RequestAborted);
        // The only other flow is the authorization code: its principal was decided at the authorization endpoint.
        var code = await http.AuthenticateAsync(Scheme);
        return Results.SignIn(code.Principal ?? throw new InvalidOperationException("The authorization code carries no principal."), authenticationScheme: Scheme);
    }

    private static async Task<IResult> ForClient(OpenIddictRequest request, IOpenIddictApplicationManager clients, IdentitySettings settings, CancellationToken ct)
    {
        var application = await clients.FindByClientIdAsync(request.ClientId!, ct);
        var client = application is null ? null : await RegisteredClient.Of(clients, application, ct);
        if (client is null or { IsWithdrawn: true }) return Refuse(Errors.UnauthorizedClient, "The client is not registered for client credentials.");
        var grant = ScopeGrant.Of(request.GetScopes(), client.Scopes);
        if (grant.Malformed is { } malformed)
            return Refuse(Errors.InvalidScope, $"'{Printable(malformed)}' is not a SMART v2 scope such as system/Patient.rs.");
        if (grant.Granted.Count == 0) return Refuse(Errors.InvalidScope, "None of the scopes is registered for this client.");

        var identity = new ClaimsIdentity(TokenValidationParameters.DefaultAuthenticationType, Claims.Name, ClaimNames.Role);
        identity.SetClaim(ClaimNames.Subject, client.ClientId);
        if (client.Institution is not null) identity.SetClaim(ClaimNames.Institution, client.Institution);
        identity.SetClaims(ClaimNames.Role, [.. client.Roles]);
        identity.SetScopes(grant.Granted);
        identity.SetResources(settings.Audience);
        identity.SetDestinations(static _ => [Destinations.AccessToken]);
        return Results.SignIn(new ClaimsPrincipal(identity), authenticationScheme: Scheme);
    }

    public static IResult Refuse(string error, string description) => Results.Forbid(new AuthenticationProperties(new Dictionary<string, string?>
    {
        [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
        [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
    }), [Scheme]);

    // error_description allows printable ASCII without quotes and backslash.
    private static string Printable(string text) =>
        string.Concat(text.Take(100).Select(c => c is >= ' ' and <= '~' and not ('"' or '\\') ? c : '?'));
}
