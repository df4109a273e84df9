using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Wire;

namespace Health.Fhir.Interactions;

/// <summary>An entry of a batch or transaction as received; the resource is the received bytes.</summary>
internal sealed record BundleEntry(int Index, string? FullUrl, ReadOnlyMemory<byte> Resource, FhirRequest Request)
{
    public const int MaxEntries = 5000;

    /// <summary>Reads the entries of a scanned Bundle; a refusal names the entry.</summary>
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
                if (One(request, ref reader, entries.Count, out var entry) is { } refusal) return refusal;
                entries.Add(entry!);
            }
        }

        return null;
    }

    private static Refusal? One(FhirRequest request, ref Utf8JsonReader reader, int index, out BundleEntry? entry)
    {
        entry = null;
        var place = $"Bundle.entry[{index}]";
        if (reader.TokenType != JsonTokenType.StartObject) return Refusal.Invalid("An entry is an object.", place);
        string? fullUrl = null;
        ReadOnlyMemory<byte> resource = default;
        Dictionary<string, string>? asked = null;
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

        if (asked is null || !asked.TryGetValue("method", out var method) || !asked.TryGetValue("url", out var url))
            return Refusal.Invalid("An entry of a batch or transaction says request.method and request.url.", place + ".request");
        if (Address(request, url) is not { } address) return Refusal.Invalid($"The address '{url}' is none of this server's.", place + ".request.url");
        if (address.Type is not null && !ResourceTypes.IsKnown(address.Type)) return new Refusal(404, "not-supported", $"{address.Type} is no resource type of FHIR R4.", place + ".request.url");
        entry = new BundleEntry(index, fullUrl, resource, request with
        {
            Method = method, Type = address.Type, Id = address.Id, Query = address.Query, Body = resource, VersionId = address.Version, Http = null,
            IfMatch = asked.GetValueOrDefault("ifMatch"), IfNoneMatch = asked.GetValueOrDefault("ifNoneMatch"), IfNoneExist = asked.GetValueOrDefault("ifNoneExist"),
            IfModifiedSince = asked.GetValueOrDefault("ifModifiedSince"), ContentType = null,
        });
        return null;
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

    private static (string? Type, string? Id, long? Version, string Query)? Address(FhirRequest request, string url)
    {
        if (url.StartsWith(request.BaseUrl + "/", StringComparison.Ordinal)) url = url[(request.BaseUrl.Length + 1)..];
        var mark = url.IndexOf('?');
        var (path, query) = mark < 0 ? (url, "") : (url[..mark], url[(mark + 1)..]);
        var parts = path.Trim('/').Split('/');
        return parts switch
        {
            [var type] => (type, null, null, query),
            [var type, var id] when ResourceTypes.IsLogicalId(id) => (type, id, null, query),
            [var type, var id, "_history", var version] when ResourceTypes.IsLogicalId(id) && FhirHeaders.Version(version) is { } number => (type, id, number, query),
            _ => null,
        };
    }
}
