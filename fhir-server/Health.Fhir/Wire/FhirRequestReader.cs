using Health.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Health.Fhir.Wire;

/// <summary>Reads an HTTP request: who asks comes before the body, so that nothing is parsed for a stranger.</summary>
internal static class FhirRequestReader
{
    public static async ValueTask<(FhirRequest?, Refusal?)> Read(HttpContext http, FhirServices services, string requestId, int maxBody, CancellationToken ct)
    {
        var headers = http.Request.Headers;
        var unanswerable = WireFormat.Negotiate(http, http.Request.Query["_format"], http.Request.Query["_pretty"]);
        if (!TryPurpose(headers["X-Purpose-Of-Use"].ToString(), out var purpose))
            return (null, Refusal.Invalid($"X-Purpose-Of-Use must be one of {string.Join(", ", Enum.GetNames<PurposeOfUse>())}."));
        if (Caller.From(http.User, requestId, purpose) is not { } caller)
            return (null, new Refusal(401, "login", "An access token is needed: Authorization: Bearer …"));
        var type = http.Request.RouteValues["type"] as string;
        if (type is not null && !ResourceTypes.IsKnown(type)) return (null, new Refusal(404, "not-supported", $"{type} is no resource type of FHIR R4."));
        var id = http.Request.RouteValues["id"] as string;
        // Basic/_history is an address for other methods, and no resource.
        if (id is ['_', ..] && services.Routes.MethodsOf($"{type}/{id}") is { Count: > 0 } allowed)
            return (null, new Refusal(405, "not-supported", $"{http.Request.Method} is not carried out at {type}/{id}; {string.Join(", ", allowed)} are."));
        if (id is not null && !ResourceTypes.IsLogicalId(id)) return (null, new Refusal(http.Request.Method == "PUT" ? 400 : 404, http.Request.Method == "PUT" ? "invalid" : "not-found", "A logical id has 1 to 64 characters of A-Z a-z 0-9 - and point."));
        long? version = null;
        if (http.Request.RouteValues["vid"] is string vid)
        {
            version = FhirHeaders.Version(vid);
            if (version is null) return (null, Refusal.NotFound($"{type}/{id} has no version {vid}."));
        }

        if (unanswerable is not null) return (null, unanswerable);
        var (body, unread) = await RequestBody.Read(http.Request, maxBody, ct);
        if (unread is not null) return (null, unread);
        var query = http.Request.QueryString.Value is { Length: > 1 } text ? text[1..] : "";
        if (body.IsForm)
        {
            var form = System.Text.Encoding.UTF8.GetString(body.Json);
            query = query.Length == 0 ? form : $"{query}&{form}";
            var named = QueryHelpers.ParseQuery(query);
            if (WireFormat.Negotiate(http, named.GetValueOrDefault("_format"), named.GetValueOrDefault("_pretty")) is { } unclear) return (null, unclear);
        }

        return (new FhirRequest(services, caller, $"{http.Request.Scheme}://{http.Request.Host}/fhir", http.Request.Method, type, id, query, body.IsForm ? default : body.Json)
        {
            VersionId = version,
            IfMatch = Header(headers, "If-Match"),
            IfNoneMatch = Header(headers, "If-None-Match"),
            IfNoneExist = Header(headers, "If-None-Exist"),
            IfModifiedSince = Header(headers, "If-Modified-Since"),
            Prefer = Header(headers, "Prefer"),
            ContentType = body.ContentType,
            Http = http,
        }, null);
    }

    private static string? Header(IHeaderDictionary headers, string name) => headers.TryGetValue(name, out var value) && value.Count > 0 ? value.ToString() : null;

    private static bool TryPurpose(string text, out PurposeOfUse purpose)
    {
        purpose = PurposeOfUse.TREAT;
        return text.Length == 0 || (Enum.TryParse(text, out purpose) && Enum.IsDefined(purpose) && !char.IsAsciiDigit(text[0]));
    }
}
