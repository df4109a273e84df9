using System.Security.Claims;
using Health.Contracts;
using Health.Identity.Accounts;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Health.Identity.Tokens;

/// <summary>
/// /identity/authorize (RFC 6749 §4.1, PKCE S256 always) and /identity/logout (OpenID RP-initiated logout). The clients of this flow are
/// the platform's own, so nobody is asked for consent.
/// </summary>
internal static class AuthorizeEndpoint
{
    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;
    private static readonly string[] Granted = [OpenIddictConstants.Scopes.OpenId, OpenIddictConstants.Scopes.Profile];

    public static async Task<IResult> Authorize(HttpContext http, Accounts.Accounts accounts, IdentitySettings settings)
    {
        var request = http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("The authorization endpoint was reached around the OpenID Connect server.");
        var session = await http.AuthenticateAsync(LoginEndpoint.Session);
        var user = session.Principal?.FindFirst(ClaimNames.Subject)?.Value;
        var account = user is null ? null : await accounts.Find(user, http.RequestAborted);
        if (account is null || request.HasPromptValue(PromptValues.Login))
        {
            if (request.HasPromptValue(PromptValues.None)) return TokenEndpoint.Refuse(Errors.LoginRequired, "Nobody is signed in.");
            return Results.Redirect($"{LoginEndpoint.Path}?returnUrl={Uri.EscapeDataString(Again(request))}");
        }
        return Results.SignIn(Principal(account, request, settings), authenticationScheme: Scheme);
    }

    public static async Task<IResult> Logout(HttpContext http)
    {
        await http.SignOutAsync(LoginEndpoint.Session);
        return Results.SignOut(new AuthenticationProperties { RedirectUri = "/console" }, [Scheme]);
    }

    // The same question once more after the login page, without asking to sign in yet again.
    private static string Again(OpenIddictRequest request) =>
        "/identity/authorize" + QueryString.Create(request.GetParameters()
            .Where(parameter => parameter.Key != Parameters.Prompt)
            .Select(parameter => KeyValuePair.Create(parameter.Key, (string?)parameter.Value)));

    private static ClaimsPrincipal Principal(Account account, OpenIddictRequest request, IdentitySettings settings)
    {
        var identity = new ClaimsIdentity(TokenValidationParameters.DefaultAuthenticationType, Claims.Name, ClaimNames.Role);
        identity.SetClaim(ClaimNames.Subject, account.UserName).SetClaim(Claims.Name, account.UserName).SetClaim(ClaimNames.Role, account.Role);
        if (account.Institution is not null) identity.SetClaim(ClaimNames.Institution, account.Institution);
        identity.SetScopes(request.GetScopes().Intersect(Granted));
        identity.SetResources(settings.Audience);
        identity.SetDestinations(static _ => [Destinations.AccessToken, Destinations.IdentityToken]);
        return new ClaimsPrincipal(identity);
    }
}
