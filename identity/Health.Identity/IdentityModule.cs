using Health.Contracts;
using Health.Identity.Accounts;
using Health.Identity.Clients;
using Health.Identity.Keys;
using Health.Identity.Store;
using Health.Identity.Tokens;
using Marten;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OpenIddict.Validation.AspNetCore;

namespace Health.Identity;

/// <summary>OAuth 2 and OpenID Connect server, and the check of its tokens at every door of this process.</summary>
public static class IdentityModule
{
    public static void Add(IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(provider => IdentitySettings.Read(provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<NodeIdentity>()));
        services.AddDbContext<IdentityStore>((provider, options) => options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()));
        foreach (var script in SchemaScript.EmbeddedIn(typeof(IdentityModule), "identity")) services.AddSingleton(script);
        services.ConfigureMarten(options =>
        {
            options.Events.MapEventType<ClientRegistered>(ClientRegistered.Name);
            options.Events.MapEventType<ClientChanged>(ClientChanged.Name);
            options.Events.MapEventType<ClientWithdrawn>(ClientWithdrawn.Name);
        });
        ServerSetup.Add(services);
        services.AddSingleton<Accounts.Accounts>();
        services.AddSingleton<KnownTokens>();
        services.AddSingleton<Revocations>();
        services.AddHostedService(provider => provider.GetRequiredService<Revocations>());
        services.AddHostedService<ClientSync>();
        services.AddHostedService<TokenPruning>();
        AddSessions(services);
    }

    public static void Configure(WebApplication app)
    {
    }

    /// <summary>Who calls, for every request: in place of the framework's own middleware, before anything else.</summary>
    public static void UseAuthentication(WebApplication app) => KnownTokens.Use(app);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/identity/token", TokenEndpoint.Handle).AllowAnonymous();
        routes.MapMethods("/identity/authorize", [HttpMethods.Get, HttpMethods.Post], AuthorizeEndpoint.Authorize).AllowAnonymous();
        routes.MapMethods("/identity/logout", [HttpMethods.Get, HttpMethods.Post], (Delegate)AuthorizeEndpoint.Logout).AllowAnonymous();
        routes.MapGet(LoginEndpoint.Path, LoginEndpoint.Show).AllowAnonymous();
        routes.MapPost(LoginEndpoint.Path, LoginEndpoint.SignIn).AllowAnonymous();
        Discovery.Map(routes);
    }

    private static void AddSessions(IServiceCollection services)
    {
        // Doors take bearer tokens. A test that brings its own scheme keeps it.
        services.Configure<AuthenticationOptions>(options => options.DefaultScheme ??= OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme);
        services.AddAuthentication().AddCookie(LoginEndpoint.Session, options =>
        {
            options.Cookie.Name = "health-identity";
            options.Cookie.Path = "/identity";
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.ExpireTimeSpan = TimeSpan.FromMinutes(30);
            options.LoginPath = LoginEndpoint.Path;
        });
        services.AddOptions<CookieAuthenticationOptions>(LoginEndpoint.Session).Configure<NodeIdentity>((options, node) =>
            options.Cookie.SecurePolicy = node.IsDevelopment ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always);
        services.AddAntiforgery(options => options.Cookie.Name = "health-form");
        services.AddDataProtection().SetApplicationName("health");
        services.AddOptions<KeyManagementOptions>().Configure<NodeIdentity, IServiceProvider>((options, node, provider) =>
        {
            options.XmlRepository = new FileSystemXmlRepository(PrivateFile.CreateFolder(Path.Combine(node.DataFolder, "keys", "sessions")), NullLoggerFactory.Instance);
            // A host without the module that keeps the keys leaves them to the permissions of the folder, and the framework warns.
            if (provider.GetService<IKeyring>() is { } keyring) options.XmlEncryptor = new SessionKeySealer(keyring);
        });
    }
}
