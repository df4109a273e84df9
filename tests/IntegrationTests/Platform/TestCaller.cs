using System.Security.Claims;
using System.Text.Encodings.Web;
using Health.Contracts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Health.IntegrationTests.Platform;

/// <summary>
/// Lets a test of one module say who calls, in the header <c>X-Test-Caller: client;institution;roles,…;scopes …;resident</c>, where the identity
/// module is not what is tested. The end-to-end tests use real tokens.
/// </summary>
public static class TestCaller
{
    public const string Header = "X-Test-Caller";

    public static void Use(WebApplicationBuilder builder) =>
        builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, Handler>("test", null);

    public static HttpClient As(this HttpClient http, string client, string? institution = null, string roles = "", string scopes = "system/*.cruds", string? resident = null)
    {
        var copy = new HttpClient { BaseAddress = http.BaseAddress };
        copy.DefaultRequestHeaders.Add(Header, $"{client};{institution};{roles};{scopes};{resident}");
        return copy;
    }

    private sealed class Handler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers[Header].ToString() is not { Length: > 0 } text) return Task.FromResult(AuthenticateResult.NoResult());
            var parts = text.Split(';');
            var identity = new ClaimsIdentity("test");
            identity.AddClaim(new Claim(ClaimNames.Client, parts[0]));
            identity.AddClaim(new Claim(ClaimNames.Subject, parts[0]));
            if (parts[1].Length > 0) identity.AddClaim(new Claim(ClaimNames.Institution, parts[1]));
            foreach (var role in parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries)) identity.AddClaim(new Claim(ClaimNames.Role, role));
            identity.AddClaim(new Claim(ClaimNames.Scope, parts[3]));
            if (parts is [_, _, _, _, { Length: > 0 } resident]) identity.AddClaim(new Claim(ClaimNames.Resident, resident));
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), "test")));
        }
    }
}
