using System.Security.Claims;
using Health.Contracts;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Identity.Accounts;

/// <summary>GET and POST /identity/login: who signs in gets the session cookie of the identity server and goes back to where it was asked.</summary>
internal static class LoginEndpoint
{
    public const string Path = "/identity/login";

    /// <summary>Cookie scheme of the identity server's own session; no door of the platform accepts it.</summary>
    public const string Session = "identity-session";

    public static IResult Show(HttpContext http, IAntiforgery antiforgery, string? returnUrl) => Page(http, antiforgery, returnUrl, failed: false);

    public static async Task<IResult> SignIn(HttpContext http, IAntiforgery antiforgery, Accounts accounts, TimeProvider time)
    {
        if (!http.Request.HasFormContentType || !await antiforgery.IsRequestValidAsync(http))
            return Results.Text("The form is out of date: go back, reload the page and try again.", statusCode: StatusCodes.Status400BadRequest);
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (user, returnUrl) = (form["user"].ToString(), form["returnUrl"].ToString());
        var attempt = await accounts.SignIn(user, form["password"].ToString(), http.RequestAborted);
        await Report(http, attempt, user, time.GetUtcNow());
        if (attempt.Account is not { } account) return Page(http, antiforgery, returnUrl, failed: true);
        var identity = new ClaimsIdentity([new Claim(ClaimNames.Subject, account.UserName)], Session);
        await http.SignInAsync(Session, new ClaimsPrincipal(identity));
        return Results.LocalRedirect(Local(returnUrl));
    }

    private static IResult Page(HttpContext http, IAntiforgery antiforgery, string? returnUrl, bool failed)
    {
        var tokens = antiforgery.GetAndStoreTokens(http);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
        var html = LoginPage.Render(Language(http.Request), Local(returnUrl), tokens.FormFieldName, tokens.RequestToken!, failed);
        return Results.Text(html, "text/html; charset=utf-8", statusCode: failed ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK);
    }

    // Chinese unless asked otherwise: by the switch first, then by the browser.
    private static string Language(HttpRequest request) => request.Query["lang"].ToString() switch
    {
        "en" => "en",
        "zh" => "zh",
        _ => request.Headers.AcceptLanguage.ToString().StartsWith("en", StringComparison.OrdinalIgnoreCase) ? "en" : "zh",
    };

    // Only back into this server: an absolute or protocol-relative address would make the page a way to elsewhere.
    private static string Local(string? url) => url is ['/', not ('/' or '\\'), ..] && !url.Any(char.IsControl) ? url : "/console";

    // What was typed may be a password in the wrong field: it goes into the sealed detail only.
    private static async ValueTask Report(HttpContext http, SignInAttempt attempt, string typed, DateTimeOffset now)
    {
        if (http.RequestServices.GetService<IAuditTrail>() is not { } audit) return;
        var outcome = attempt.Account is null ? 4 : 0;
        var actor = attempt.Account is { } account ? $"user:{account.UserName}" : "user:unknown";
        await audit.Record(
            new AuditFact(Guid.NewGuid(), now, "E", "login", outcome, actor, "identity", attempt.Account?.Institution, PurposeOfUse.HOPERAT, http.TraceIdentifier)
            {
                Reason = attempt.Reason,
                Detail = attempt.Account is null && typed.Length <= Accounts.MaxUserNameLength ? typed : null,
            },
            http.RequestAborted);
    }
}
