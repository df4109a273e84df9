using Health.Contracts;
using Microsoft.AspNetCore.Http;

namespace Health.Broker.Audit;

/// <summary>
/// Where an access cannot be recorded it does not happen: 503 with Retry-After and a problem body (RFC 9457), whichever module's door it
/// was, unless that door has answered in its own form.
/// </summary>
internal static class FailClosed
{
    private const int RetryAfterSeconds = 1;

    public static async Task Run(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        catch (AuditUnavailableException) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString();
            await http.Response.WriteAsJsonAsync(
                new { title = "Service Unavailable", status = 503, detail = "The access cannot be recorded at the moment, so it is refused." },
                options: null, contentType: "application/problem+json", http.RequestAborted);
        }
    }
}
