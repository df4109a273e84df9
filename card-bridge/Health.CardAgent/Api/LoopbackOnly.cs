namespace Health.CardAgent.Api;

/// <summary>
/// Only this machine by a loopback name: a web page elsewhere that lets its own name point to 127.0.0.1 (DNS rebinding) is refused, and a
/// page that sends its Origin is refused unless it is the agent's own or on the list.
/// </summary>
public sealed class LoopbackOnly(RequestDelegate next, IConfiguration configuration)
{
    private readonly string[] allowed = configuration.GetSection("Agent:AllowedOrigins").Get<string[]>() ?? [];

    public Task Invoke(HttpContext http)
    {
        if (http.Request.Host.Host is not ("127.0.0.1" or "localhost" or "[::1]")) return Refuse(http, "The agent answers by its loopback name alone.");
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length == 0) return next(http);
        if (origin != $"{http.Request.Scheme}://{http.Request.Host}" && !allowed.Contains(origin)) return Refuse(http, "This page is not on the list of allowed origins.");
        http.Response.Headers.AccessControlAllowOrigin = origin;
        http.Response.Headers.Vary = "Origin";
        if (!HttpMethods.IsOptions(http.Request.Method)) return next(http);
        http.Response.Headers.AccessControlAllowHeaders = "Authorization, Content-Type";
        http.Response.Headers.AccessControlAllowMethods = "GET, POST";
        http.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    private static Task Refuse(HttpContext http, string detail) => Results.Problem(detail, statusCode: 403, title: "Forbidden").ExecuteAsync(http);
}
