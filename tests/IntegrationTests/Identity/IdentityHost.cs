using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Health.Contracts;
using Health.Identity.Clients;
using Health.Identity.Keys;
using Health.IntegrationTests.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace Health.IntegrationTests.Identity;

/// <summary>The identity module alone with three clients, and one door (/whoami) that says what it knows of the caller.</summary>
public sealed class IdentityHost : IAsyncDisposable
{
    public const string Scopes = "system/*.cruds openid";

    private IdentityHost(TestHost host, string clients)
    {
        Host = host;
        Clients = clients;
        TokenEndpoint = new Uri(host.Http.BaseAddress!, "identity/token");
        Tokens = new TokenClient(host.Http, TimeProvider.System);
    }

    public TestHost Host { get; }
    public string Clients { get; }
    public HttpClient Http => Host.Http;
    public Uri TokenEndpoint { get; }
    public TokenClient Tokens { get; }

    public static async Task<IdentityHost> Start(Database database, string? connectionString = null, string? clients = null, TimeProvider? time = null, string? dataFolder = null)
    {
        clients ??= NewClients();
        var host = await TestHost.Start(database, ["Identity"], builder =>
        {
            builder.Configuration.AddInMemoryCollection([new("Health:Identity:ClientsFolder", clients)]);
            builder.Services.AddSingleton<IStartupFilter>(new WhoAmI());
            if (time is not null) builder.Services.AddSingleton(time);
        }, connectionString, dataFolder);
        return new IdentityHost(host, clients);
    }

    public static string NewClients()
    {
        var folder = Directory.CreateTempSubdirectory("health-clients-").FullName;
        ClientKeys.Create(folder, "es", "MY510703H001", ["clinician"], Scopes.Split(' '));
        ClientKeys.Create(folder, "rs", "MY510722H001", [], ["system/Patient.rs", "system/Observation.rs"], SecurityAlgorithms.RsaSha384);
        return folder;
    }

    /// <summary>The same clients in a folder that another host may have as its own.</summary>
    public static string CopyOf(string clients)
    {
        var copy = Directory.CreateTempSubdirectory("health-clients-").FullName;
        foreach (var file in Directory.GetFiles(clients)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    public JsonWebKey Key(string client) => KeyFile.ReadPrivate(ClientKeys.PrivateKeyFile(Clients, client));

    public string Assertion(string client = "es", string? audience = null, TimeSpan? lifetime = null, string? id = null, string type = "JWT", JsonWebKey? key = null) =>
        ClientAssertion.Create(key ?? Key(client), client, audience ?? TokenEndpoint.AbsoluteUri, TimeProvider.System.GetUtcNow(), lifetime ?? TimeSpan.FromMinutes(4), id, type);

    public Task<AccessToken> Token(string assertion, string? scope = null) => Tokens.Send(TokenEndpoint, assertion, scope, TestContext.Current.CancellationToken);

    public async Task<TokenRefusedException> Refusal(string assertion, string? scope = null) =>
        await Assert.ThrowsAsync<TokenRefusedException>(() => Token(assertion, scope));

    public Task<HttpResponseMessage> Ask(string? token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/whoami");
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static (string Verifier, string Challenge) Pkce()
    {
        var verifier = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));
        return (verifier, Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))));
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        if (Directory.Exists(Clients)) Directory.Delete(Clients, recursive: true);
    }

    // A door as any module has one: behind authentication, so after the middleware of the host.
    private sealed class WhoAmI : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.Use(async (context, step) =>
            {
                if (context.Request.Path != "/whoami")
                {
                    await step(context);
                    return;
                }
                var caller = Caller.From(context.User, context.TraceIdentifier);
                await context.Response.WriteAsync(caller is null
                    ? "nobody"
                    : $"{caller.Actor}|{caller.InstitutionCode}|{string.Join(',', caller.Roles)}|{string.Join(' ', caller.Scopes)}");
            });
        };
    }
}
