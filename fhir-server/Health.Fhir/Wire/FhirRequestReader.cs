using System.Globalization;
using Health.Contracts;
using Microsoft.AspNetCore.Http;

namespace Health.Fhir.Wire;

/// <summary>Reads an HTTP request: who asks comes before the body, so that nothing is parsed for a stranger.</summary>
internal static class FhirRequestReader
{
    public static async ValueTask<(FhirRequest?, Refusal?)> Read(HttpContext http, FhirServices services, string requestId, int maxBody, CancellationToken ct)
    {
        var headers = http.Request.Headers;
        if (!TryPurpose(headers["X-Purpose-Of-Use"].ToString(), out var purpose))
            return (null, Refusal.Invalid($"X-Purpose-Of-Use must be one of {string.Join(", ", Enum.GetNames<PurposeOfUse>())}."));
        if (Caller.From(http.User, requestId, purpose) is not { } caller)
            return (null, new Refusal(401, "login", "An access token is needed: Authorization: Bearer …"));
        var type = http.Request.RouteValues["type"] as string;
        if (type is not null && !ResourceTypes.IsKnown(type)) return (null, new Refusal(404, "not-supported", $"{type} is no resource type of FHIR R4."));
        var id = http.Request.RouteValues["id"] as string;
        if (id is not null && !ResourceTypes.IsLogicalId(id)) return (null, new Refusal(http.Request.Method == "PUT" ? 400 : 404, http.Request.Method == "PUT" ? "invalid" : "not-found", "A logical id has 1 to 64 characters of A-Z a-z 0-9 - and point."));
        long? version = null;
        if (http.Request.RouteValues["vid"] is string vid)
        {
            version = FhirHeaders.Version(vid);
            if (version is null) return (null, Refusal.NotFound($"{type}/{id} has no version {vid}."));
        }

        if (Media(http.Request) is { } media) return (null, media);
        var (body, tooLarge) = await Body(http.Request, maxBody, ct);
        if (tooLarge is not null) return (null, tooLarge);
        var query = http.Request.QueryString.Value is { Length: > 1 } text ? text[1..] : "";
        if (http.Request.HasFormContentType)
        {
            var form = System.Text.Encoding.UTF8.GetString(body);
            query = query.Length == 0 ? form : $"{query}&{form}";
            body = [];
        }

        return (new FhirRequest(services, caller, $"{http.Request.Scheme}://{http.Request.Host}/fhir", http.Request.Method, type, id, query, body)
        {
            VersionId = version,
            IfMatch = Header(headers, "If-Match"),
            IfNoneMatch = Header(headers, "If-None-Match"),
            IfNoneExist = Header(headers, "If-None-Exist"),
            IfModifiedSince = Header(headers, "If-Modified-Since"),
            Prefer = Header(headers, "Prefer"),
            ContentType = http.Request.ContentType,
            Http = http,
        }, null);
    }

    private static string? Header(IHeaderDictionary headers, string name) => headers.TryGetValue(name, out var value) && value.Count > 0 ? value.ToString() : null;

    private static bool TryPurpose(string text, out PurposeOfUse purpose)
    {
        purpose = PurposeOfUse.TREAT;
        return text.Length == 0 || (Enum.TryParse(text, out purpose) && Enum.IsDefined(purpose) && !char.IsAsciiDigit(text[0]));
    }

    /// <summary>http://hl7.org/fhir/R4/http.html#mime-type: JSON in and out; XML is refused by name.</summary>
    private static Refusal? Media(HttpRequest request)
    {
        if (request.ContentLength is > 0 || request.Headers.TransferEncoding.Count > 0)
        {
            var sent = (request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
            if (sent is not ("application/fhir+json" or "application/json" or "application/json-patch+json" or "application/merge-patch+json" or "application/x-www-form-urlencoded"))
                return new Refusal(415, "not-supported", $"Content-Type '{sent}' is not read here; send application/fhir+json.");
        }

        var format = request.Query["_format"].ToString() is { Length: > 0 } asked ? asked.Replace(' ', '+') : request.Headers.Accept.ToString();
        if (format.Length == 0) return null;
        foreach (var choice in format.Split(','))
            if (choice.Split(';')[0].Trim().ToLowerInvariant() is "application/fhir+json" or "application/json" or "json" or "*/*" or "application/*" or "text/json") return null;
        return new Refusal(406, "not-supported", $"'{format}' cannot be answered; ask for application/fhir+json.");
    }

    private static async ValueTask<(byte[] Body, Refusal? TooLarge)> Body(HttpRequest request, int max, CancellationToken ct)
    {
        if (request.ContentLength is 0 || (request.ContentLength is null && request.Headers.TransferEncoding.Count == 0)) return ([], null);
        if (request.ContentLength > max) return ([], TooLarge(max));
        using var buffer = new MemoryStream((int)(request.ContentLength ?? 4096));
        while (true)
        {
            var result = await request.BodyReader.ReadAsync(ct);
            foreach (var segment in result.Buffer) buffer.Write(segment.Span);
            request.BodyReader.AdvanceTo(result.Buffer.End);
            if (buffer.Length > max) return ([], TooLarge(max));
            if (result.IsCompleted) break;
        }

        return (buffer.Length == buffer.Capacity ? buffer.GetBuffer() : buffer.ToArray(), null);
    }

    private static Refusal TooLarge(int max) => new(413, "too-long", string.Create(CultureInfo.InvariantCulture, $"The body is larger than {max / 1024 / 1024} MB."));
}
