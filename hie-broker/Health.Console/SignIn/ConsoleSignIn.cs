using Health.Contracts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Health.Console.SignIn;

/// <summary>
/// Sign-in of the console: OpenID Connect code flow with PKCE against the platform's identity module, then a session cookie of its own.
/// The role <c>commission</c> is required. Doors of other modules do not take this cookie.
/// </summary>
internal static class ConsoleSignIn
{
    public const string Session = "console", Oidc = "console-oidc", Policy = "console", Role = "commission", Client = "console";

    public static void Add(IServiceCollection services)
    {
        services.AddAuthentication()
            .AddCookie(Session, options =>
            {
                options.Cookie.Name = "health-console";
                options.Cookie.SameSite = SameSiteMode.Lax;
                options.ExpireTimeSpan = TimeSpan.FromMinutes(30);
                options.AccessDeniedPath = "/console/denied";
                options.ForwardChallenge = Oidc;
            })
            .AddOpenIdConnect(Oidc, _ => { });
        services.AddOptions<CookieAuthenticationOptions>(Session).Configure<NodeIdentity>((options, node) =>
            options.Cookie.SecurePolicy = node.IsDevelopment ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always);
        // Where no other module says how to ask who calls (the console running apart), asking means signing in here.
        services.PostConfigure<AuthenticationOptions>(options =>
        {
            if (options.DefaultScheme is null) options.DefaultChallengeScheme ??= Oidc;
        });
        services.AddOptions<OpenIdConnectOptions>(Oidc).Configure<IConfiguration, NodeIdentity>(Configure);
        services.AddAuthorizationBuilder().AddPolicy(Policy, policy => policy
            .AddAuthenticationSchemes(Session)
            .RequireAuthenticatedUser()
            .RequireClaim(ClaimNames.Role, Role));
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/console/sign-out", () => Results.SignOut(new AuthenticationProperties { RedirectUri = "/console/left" }, [Session, Oidc]))
            .RequireAuthorization(new AuthorizeAttribute(Policy));
        routes.MapGet("/console/denied", () => Plain("此账号没有卫生健康委员会角色，不能使用控制台。", "This account lacks the role commission, so the console is closed to it.", 403)).AllowAnonymous();
        routes.MapGet("/console/left", () => Plain("已退出登录。", "You are signed out.", 200)).AllowAnonymous();
    }

    private static void Configure(OpenIdConnectOptions options, IConfiguration configuration, NodeIdentity node)
    {
        var authority = configuration["Health:Console:Authority"] ?? $"{node.BaseUrl}/identity/";
        options.Authority = authority;
        options.RequireHttpsMetadata = !(node.IsDevelopment && new Uri(authority).IsLoopback);
        options.ClientId = Client;
        options.ResponseType = OpenIdConnectResponseType.Code;
        // The answer comes as a plain GET, so the cookies that tie it to the question may stay SameSite=Lax (and work on http loopback).
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        foreach (var cookie in (ReadOnlySpan<CookieBuilder>)[options.CorrelationCookie, options.NonceCookie])
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        }
        options.UsePkce = true;
        options.SignInScheme = Session;
        options.CallbackPath = "/console/signin-oidc";
        options.SignedOutCallbackPath = "/console/signed-out";
        options.MapInboundClaims = false;
        // The identity token is shown again at sign-out.
        options.SaveTokens = true;
        options.TokenValidationParameters.NameClaimType = "name";
        options.TokenValidationParameters.RoleClaimType = ClaimNames.Role;
    }

    private static IResult Plain(string chinese, string english, int status) => Results.Text(
        $"<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>绵阳市区域卫生信息平台</title><body style=\"font-family:sans-serif;margin:3rem\"><p>{chinese}</p><p lang=\"en\">{english}</p><p><a href=\"/console\">控制台 / Console</a></p></body></html>",
        "text/html; charset=utf-8", statusCode: status);
}
