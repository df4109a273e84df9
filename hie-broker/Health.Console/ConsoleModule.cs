using Health.Console.Assets;
using Health.Console.Audit;
using Health.Console.Kpi;
using Health.Console.Pages;
using Health.Console.SignIn;
using Health.Contracts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MudBlazor.Services;
using Wolverine;

namespace Health.Console;

/// <summary>The health commission's audit and figures console.</summary>
public static class ConsoleModule
{
    public static void Add(IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        foreach (var script in SchemaScript.EmbeddedIn(typeof(ConsoleModule), "console")) services.AddSingleton(script);
        services.ConfigureWolverine(options => options.Discovery.IncludeAssembly(typeof(ConsoleModule).Assembly));
        services.AddSingleton<Figures>();
        services.AddSingleton<DayReports>();
        // Null where Broker does not run in this process; the pages say so.
        services.AddScoped<AccessQuestions>(provider =>
            provider.GetService<IResidentIndex>() is { } residents && provider.GetService<IAccessLog>() is { } log && provider.GetService<IAuditTrail>() is { } audit
                ? new AccessQuestions(residents, log, audit, provider.GetRequiredService<TimeProvider>())
                : null!);
        ConsoleSignIn.Add(services);
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddCascadingAuthenticationState();
        services.AddMudServices();
    }

    public static void Configure(WebApplication app) => app.UseAntiforgery();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRazorComponents<App>().AddInteractiveServerRenderMode().RequireAuthorization(new AuthorizeAttribute(ConsoleSignIn.Policy));
        ConsoleSignIn.Map(routes);
        AssetEndpoint.Map(routes);
        routes.MapGet("/console/language/{code}", Language).AllowAnonymous();
    }

    private static IResult Language(string code, HttpContext http)
    {
        http.Response.Cookies.Append(App.LanguageCookie, code == "en" ? "en" : "zh", new CookieOptions { Path = "/console", SameSite = SameSiteMode.Lax, MaxAge = TimeSpan.FromDays(365), HttpOnly = true });
        return Results.LocalRedirect("/console");
    }
}
