using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Wire;

namespace Health.Fhir.Interactions;

/// <summary>An entry of a batch or transaction as received; the resource is the received bytes.</summary>
/// <param name="Interaction">What its method and address name; null where <paramref name="Malformed"/> says why there is none.</param>
internal sealed record BundleEntry(int Index, string? FullUrl, FhirRequest Request, FhirDoor.Interaction? Interaction, Refusal? Malformed)
{
    public const int MaxEntries = 5000;

    public ReadOnlyMemory<byte> Resource => Request.Body;

    /// <summary>Reads the entries of a scanned Bundle. What is wrong with one entry is kept with it; a refusal concerns the bundle.</summary>
    public static Refusal? TryRead(FhirRequest request, out string? bundleType, out List<BundleEntry> entries)
    {
        bundleType = null;
        entries = [];
        var reader = new Utf8JsonReader(request.Body.Span, new JsonReaderOptions { MaxDepth = Records.ResourceScan.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            if (name == "type" && reader.TokenType == JsonTokenType.String) bundleType = reader.GetString();
            if (name != "entry")
            {
                reader.Skip();
                continue;
            }

            if (reader.TokenType != JsonTokenType.StartArray) return Refusal.Invalid("Bundle.entry is an array.", "Bundle.entry");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (entries.Count == MaxEntries) return Refusal.TooCostly($"A bundle has at most {MaxEntries} entries.");
                entries.Add(One(request, ref reader, entries.Count));
            }
        }

        return null;
    }

    private static BundleEntry One(FhirRequest request, ref Utf8JsonReader reader, int index)
    {
        var place = $"Bundle.entry[{index}]";
        string? fullUrl = null;
        ReadOnlyMemory<byte> resource = default;
        Dictionary<string, string>? asked = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return new BundleEntry(index, null, request, null, Refusal.Invalid("An entry is an object.", place));
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (name == "fullUrl" && reader.TokenType == JsonTokenType.String) fullUrl = reader.GetString();
            if (name == "request" && reader.TokenType == JsonTokenType.StartObject) asked = Strings(ref reader);
            else reader.Skip();
            if (name == "resource") resource = request.Body[start..(int)reader.BytesConsumed];
        }

        return Addressed(request, new BundleEntry(index, fullUrl, request with { Body = resource, Http = null, ContentType = null }, null, null), asked, place);
    }

    private static BundleEntry Addressed(FhirRequest request, BundleEntry entry, Dictionary<string, string>? asked, string place)
    {
        if (asked is null || !asked.TryGetValue("method", out var method) || !asked.TryGetValue("url", out var url))
            return entry with { Malformed = Refusal.Invalid("An entry of a batch or transaction says request.method and request.url.", place + ".request") };
        if (method is not ("GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "PATCH"))
            return entry with { Malformed = Refusal.Invalid($"The method '{method}' is none of GET, HEAD, POST, PUT, DELETE, PATCH.", place + ".request.method") };
        if (url.StartsWith(request.BaseUrl + "/", StringComparison.Ordinal)) url = url[(request.BaseUrl.Length + 1)..];
        var mark = url.IndexOf('?');
        var (path, query) = mark < 0 ? (url.Trim('/'), "") : (url[..mark].Trim('/'), url[(mark + 1)..]);
        if (request.Services.Routes.Find(method, path) is not { } found) return entry with { Malformed = Unknown(request, method, url, path, place) };
        return entry with
        {
            Interaction = found.Interaction,
            Request = entry.Request with
            {
                Method = method, Type = Value("type"), Id = Value("id"), Query = query, VersionId = FhirHeaders.Version(Value("vid")),
                IfMatch = asked.GetValueOrDefault("ifMatch"), IfNoneMatch = asked.GetValueOrDefault("ifNoneMatch"), IfNoneExist = asked.GetValueOrDefault("ifNoneExist"),
                IfModifiedSince = asked.GetValueOrDefault("ifModifiedSince"),
            },
        };

        string? Value(string name) => found.Values.TryGetValue(name, out var value) ? (string?)value : null;
    }

    private static Refusal Unknown(FhirRequest request, string method, string url, string path, string place)
    {
        var type = path.Split('/')[0];
        if (type.Length > 0 && char.IsAsciiLetterUpper(type[0]) && !ResourceTypes.IsKnown(type)) return new Refusal(404, "not-supported", $"{type} is no resource type of FHIR R4.", place + ".request.url");
        return request.Services.Routes.MethodsOf(path) is { Count: > 0 } allowed
            ? new Refusal(405, "not-supported", $"{method} is not carried out at '{path}'; {string.Join(", ", allowed)} are.", place + ".request.method")
            : Refusal.Invalid($"The address '{url}' is none of this server's.", place + ".request.url");
    }

    private static Dictionary<string, string> Strings(ref Utf8JsonReader reader)
    {
        var members = new Dictionary<string, string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.String) members[name] = reader.GetString()!;
            else reader.Skip();
        }

        return members;
    }
}
