using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Health.Fhir.Wire;

/// <summary>Puts an answer on the wire.</summary>
internal static class FhirAnswerWriter
{
    /// <summary>What a 503 waits for (the log or the store) is back within seconds, or is down for longer and asked again.</summary>
    private const string RetryAfterSeconds = "1";

    public static async Task Write(HttpContext http, FhirAnswer answer, CancellationToken ct)
    {
        var response = http.Response;
        response.StatusCode = answer.Status;
        if (answer.Status == 401) response.Headers.WWWAuthenticate = "Bearer";
        if (answer.Status == 503) response.Headers.RetryAfter = RetryAfterSeconds;
        if (answer.Version is { } version) response.Headers.ETag = FhirHeaders.ETag(version);
        if (answer.LastUpdated is { } updated) response.Headers.LastModified = updated.UtcDateTime.ToString("R", CultureInfo.InvariantCulture);
        if (answer.Location is { } location) response.Headers.Location = $"{http.Request.Scheme}://{http.Request.Host}/fhir/{location}";
        // A record is for the one who asked, never for a cache on the way.
        response.Headers.CacheControl = "no-store";
        var body = answer.IsRefused ? OutcomeWriter.Write(answer.Issues) : answer.Body;
        if (answer.Status == 304 || (body.IsEmpty && answer.Status != 200)) return;
        response.ContentType = answer.ContentType;
        response.ContentLength = body.Length;
        if (http.Request.Method != "HEAD") await response.Body.WriteAsync(body, ct);
    }
}
