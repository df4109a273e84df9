using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Health.Identity.Accounts;
using Health.IntegrationTests.Platform;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Identity;

public sealed partial class Signing_in(Database database)
{
    private const string Redirect = "http://127.0.0.1:9/console/signin-oidc";
    private readonly CookieContainer cookies = new();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();

    [Fact]
    public async Task with_code_and_pkce_gives_a_token_once()
    {
        await using var host = await IdentityHost.Start(database);
        using var browser = await Browser(host);
        var (verifier, challenge) = IdentityHost.Pkce();
        var code = await Code(browser, challenge);

        Assert.Equal("invalid_grant", (await Exchange(browser, code, "wrong-verifier-wrong-verifier-wrong-verifier")).GetProperty("error").GetString());
        code = await Code(browser, challenge);
        var answer = await Exchange(browser, code, verifier);
        var seen = await (await host.Ask(answer.GetProperty("access_token").GetString())).Content.ReadAsStringAsync();
        Assert.StartsWith("user:commission||commission|", seen);
        Assert.True(answer.TryGetProperty("id_token", out _));
        Assert.Equal("invalid_grant", (await Exchange(browser, code, verifier)).GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("plain")]
    [InlineData(null)]
    public async Task without_S256_is_refused(string? method)
    {
        await using var host = await IdentityHost.Start(database);
        using var browser = await Browser(host);
        var answer = await browser.GetAsync(Question(method is null ? null : "challenge-challenge-challenge-challenge-challenge", method));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("invalid_request", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task back_to_an_unregistered_address_is_refused()
    {
        await using var host = await IdentityHost.Start(database);
        using var browser = await Browser(host);
        var answer = await browser.GetAsync(Question("challenge-challenge-challenge-challenge-challenge", "S256", "http://elsewhere.example/console/signin-oidc"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Null(answer.Headers.Location);
    }

    [Fact]
    public async Task locks_after_five_wrong_passwords_even_for_the_right_one()
    {
        await using var host = await IdentityHost.Start(database);
        using var browser = await Browser(host, password: null);
        for (var i = 0; i < Accounts.MaxFailures; i++) Assert.Equal(HttpStatusCode.Unauthorized, (await Enter(browser, "commission", "wrong password")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Enter(browser, "commission", "right password")).StatusCode);
        Assert.Equal("locked", (await host.Host.Services.GetRequiredService<Accounts>().SignIn("commission", "right password", default)).Reason);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Enter(browser, "nobody", "right password")).StatusCode);
    }

    [Fact]
    public async Task needs_the_token_of_the_form_and_never_leads_elsewhere()
    {
        await using var host = await IdentityHost.Start(database);
        using var browser = await Browser(host, password: null);
        var forged = await browser.PostAsync("/identity/login", new FormUrlEncodedContent([new("user", "commission"), new("password", "right password")]));
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        foreach (var address in new[] { "https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/" })
        {
            var entered = await Enter(browser, "commission", "right password", address);
            Assert.Equal(HttpStatusCode.Redirect, entered.StatusCode);
            Assert.Equal("/console", entered.Headers.Location?.OriginalString);
        }
    }

    private async Task<HttpClient> Browser(IdentityHost host, string? password = "right password")
    {
        await host.Host.Services.GetRequiredService<Accounts>().Ensure("commission", "right password", "commission", null, default);
        var browser = new HttpClient(new HttpClientHandler { CookieContainer = cookies, AllowAutoRedirect = false }) { BaseAddress = host.Http.BaseAddress };
        if (password is not null) Assert.Equal(HttpStatusCode.Redirect, (await Enter(browser, "commission", password)).StatusCode);
        return browser;
    }

    private static async Task<HttpResponseMessage> Enter(HttpClient browser, string user, string password, string returnUrl = "/console")
    {
        var page = await browser.GetStringAsync("/identity/login?returnUrl=" + Uri.EscapeDataString(returnUrl));
        var token = WebUtility.HtmlDecode(FormToken().Match(page).Groups[1].Value);
        return await browser.PostAsync("/identity/login", new FormUrlEncodedContent(
            [new("__RequestVerificationToken", token), new("returnUrl", returnUrl), new("user", user), new("password", password)]));
    }

    private static string Question(string? challenge, string? method, string redirect = Redirect) =>
        $"/identity/authorize?client_id=console&response_type=code&scope=openid%20profile&state=s&redirect_uri={Uri.EscapeDataString(redirect)}"
        + (challenge is null ? "" : $"&code_challenge={challenge}") + (method is null ? "" : $"&code_challenge_method={method}");

    private static async Task<string> Code(HttpClient browser, string challenge)
    {
        var answer = await browser.GetAsync(Question(challenge, "S256"));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.StartsWith(Redirect, answer.Headers.Location!.OriginalString);
        return QueryHelpers.ParseQuery(answer.Headers.Location.Query)["code"].ToString();
    }

    private static async Task<JsonElement> Exchange(HttpClient browser, string code, string verifier)
    {
        var answer = await browser.PostAsync("/identity/token", new FormUrlEncodedContent(
            [new("grant_type", "authorization_code"), new("client_id", "console"), new("code", code), new("redirect_uri", Redirect), new("code_verifier", verifier)]));
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }
}
