namespace Health.CardAgent.Api;

/// <summary>The desk's own page and the kiosk's: files of ours in the assembly, nothing from elsewhere.</summary>
public static class DeskPage
{
    private static readonly Dictionary<string, string> Types = new()
    {
        ["index.html"] = "text/html; charset=utf-8",
        ["desk.css"] = "text/css; charset=utf-8",
        ["desk.js"] = "text/javascript; charset=utf-8",
        ["texts.js"] = "text/javascript; charset=utf-8",
        ["common.js"] = "text/javascript; charset=utf-8",
        ["kiosk.html"] = "text/html; charset=utf-8",
        ["kiosk.js"] = "text/javascript; charset=utf-8",
        ["kiosk.css"] = "text/css; charset=utf-8",
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", (HttpContext http, Pairing pairing, AgentSettings settings) => Page(http, pairing, settings, "index.html"));
        routes.MapGet("/kiosk", (HttpContext http, Pairing pairing, AgentSettings settings) => Page(http, pairing, settings, "kiosk.html"));
        foreach (var name in Types.Keys) routes.MapGet($"/{name}", (HttpContext http) => File(http, name));
    }

    private static IResult Page(HttpContext http, Pairing pairing, AgentSettings settings, string name)
    {
        if (settings.AutoPair && !pairing.Admits(http.Request)) pairing.Pair(http.Response);
        return File(http, name);
    }

    private static IResult File(HttpContext http, string name)
    {
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "no-store";
        var stream = typeof(DeskPage).Assembly.GetManifestResourceStream($"page/{name}") ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        return Results.Stream(stream, Types[name]);
    }
}
