using System.Buffers;
using System.Globalization;
using Health.Contracts;
using Health.Fhir.Wire.Xml;
using Microsoft.AspNetCore.Http;

namespace Health.Fhir.Wire;

/// <summary>Puts an answer on the wire, in the format that was asked for.</summary>
internal static class FhirAnswerWriter
{
    /// <summary>What a 503 waits for (the log or the store) is back within seconds, or is down for longer and asked again.</summary>
    private const string RetryAfterSeconds = "1";

    public static async Task Write(HttpContext http, FhirAnswer answer, CancellationToken ct)
    {
        var response = http.Response;
        var format = WireFormat.Of(http);
        var inPieces = answer.Pieces is not null && !format.IsXml && !format.IsPretty && http.Request.Method != "HEAD";
        if (answer.Pieces is not null && !inPieces) answer = await Whole(answer, ct);
        var (body, contentType, unwritable) = Body(answer, format);
        if (unwritable is not null) answer = FhirAnswer.Of(unwritable);
        response.StatusCode = answer.Status;
        // RFC 6750 §3: no error where no token was sent.
        if (answer.Status == 401) response.Headers.WWWAuthenticate = http.Request.Headers.Authorization.Count == 0 ? "Bearer" : "Bearer error=\"invalid_token\"";
        if (answer.Status == 403) response.Headers.WWWAuthenticate = "Bearer error=\"insufficient_scope\"";
        if (answer.Status is 429 or 503) response.Headers.RetryAfter = RetryAfterSeconds;
        if (answer.Version is { } version) response.Headers.ETag = FhirHeaders.ETag(version);
        if (answer.LastUpdated is { } updated) response.Headers.LastModified = updated.UtcDateTime.ToString("R", CultureInfo.InvariantCulture);
        if (answer.Location is { } location) response.Headers.Location = $"{http.Request.Scheme}://{http.Request.Host}/fhir/{location}";
        foreach (var (name, value) in answer.Headers) response.Headers[name] = value;
        // A record is for the one who asked, never for a cache on the way.
        response.Headers.CacheControl = "no-store";
        response.Headers.Vary = "Accept";
        if (answer.Status == 304 || (body.IsEmpty && answer.Status != 200)) return;
        response.ContentType = contentType;
        if (inPieces)
        {
            await answer.Pieces!(response.Body, ct);
            return;
        }

        response.ContentLength = body.Length;
        if (http.Request.Method != "HEAD") await response.Body.WriteAsync(body, ct);
    }

    /// <summary>Another format, and the length for HEAD, need all of it.</summary>
    private static async Task<FhirAnswer> Whole(FhirAnswer answer, CancellationToken ct)
    {
        using var buffer = new MemoryStream();
        await answer.Pieces!(buffer, ct);
        return answer with { Body = buffer.GetBuffer().AsMemory(0, (int)buffer.Length), Pieces = null };
    }

    private static (ReadOnlyMemory<byte> Body, string ContentType, Refusal? Unwritable) Body(FhirAnswer answer, WireFormat format)
    {
        var json = answer.IsRefused ? OutcomeWriter.Write(answer.Issues) : answer.Body;
        if (json.IsEmpty || answer.ContentType != FhirMedia.Json) return (json, answer.ContentType, null);
        if (!format.IsXml) return (format.IsPretty ? PrettyJson.Write(json.Span) : json, answer.ContentType, null);
        var xml = new ArrayBufferWriter<byte>(json.Length + 1024);
        try
        {
            JsonToXml.Write(json, xml, format.IsPretty);
            return (xml.WrittenMemory, FhirMedia.Xml, null);
        }
        catch (NoXmlFormException e)
        {
            var refusal = new Refusal(406, "not-supported", $"The answer cannot be written as XML ({e.Message}); ask for application/fhir+json.", e.Path);
            return (OutcomeWriter.Write([refusal]), FhirMedia.Json, refusal);
        }
    }
}
