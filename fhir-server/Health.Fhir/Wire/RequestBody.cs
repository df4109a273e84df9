using System.Globalization;
using System.IO.Compression;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire.Xml;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Health.Fhir.Wire;

/// <summary>A body as the interactions take it: XML became JSON, gzip was unpacked.</summary>
/// <param name="IsForm">A form of search parameters; <paramref name="Json"/> is then its text.</param>
internal sealed record RequestBody(byte[] Json, string? ContentType, bool IsForm)
{
    private static readonly RequestBody None = new([], null, IsForm: false);

    /// <summary>Reads at most <paramref name="max"/> bytes, counted after unpacking; what is larger is refused without reading on.</summary>
    public static async ValueTask<(RequestBody Body, Refusal? Refusal)> Read(HttpRequest request, int max, CancellationToken ct)
    {
        if (request.ContentLength is 0 || (request.ContentLength is null && request.Headers.TransferEncoding.Count == 0)) return (None, null);
        var (media, refusal) = Media(request);
        if (refusal is not null) return (None, refusal);
        if (request.ContentLength > max) return (None, TooLarge(max));
        var (bytes, unread) = await Bytes(request, max, ct);
        if (unread is not null) return (None, unread);
        if (!FhirMedia.XmlNames.Contains(media)) return (new RequestBody(bytes, media, media == "application/x-www-form-urlencoded"), null);
        if (bytes.Length == 0) return (None, null);
        var (json, malformed) = XmlToJson.Convert(bytes, max > FhirDoor.MaxResourceBytes ? ResourceScan.MaxBundleElements : ResourceScan.MaxElements);
        return (new RequestBody(json, FhirMedia.JsonNames[0], IsForm: false), malformed);
    }

    private static (string Media, Refusal? Refusal) Media(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var sent))
            return ("", new Refusal(415, "not-supported", "A body needs its Content-Type: application/fhir+json or application/fhir+xml."));
        var name = sent.MediaType.ToString().ToLowerInvariant();
        var isKnown = FhirMedia.JsonNames.Contains(name) || FhirMedia.XmlNames.Contains(name)
            || (request.Method == "PATCH" && name is "application/json-patch+json" or "application/merge-patch+json")
            || (request.Method == "POST" && name == "application/x-www-form-urlencoded");
        if (!isKnown) return ("", new Refusal(415, "not-supported", $"Content-Type '{name}' is not read here; send application/fhir+json or application/fhir+xml."));
        if (!WireFormat.IsR4(sent)) return ("", new Refusal(415, "not-supported", "Only fhirVersion=4.0 is read here."));
        var charset = sent.Charset.ToString().Trim('"');
        return charset.Length == 0 || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)
            ? (name, null)
            : ("", new Refusal(415, "not-supported", $"FHIR is sent in UTF-8, not in {charset}."));
    }

    private static async ValueTask<(byte[], Refusal?)> Bytes(HttpRequest request, int max, CancellationToken ct)
    {
        switch (request.Headers.ContentEncoding.ToString().ToLowerInvariant())
        {
            case "" or "identity":
                return await Bounded(request.Body, (int)(request.ContentLength ?? 4096), max, ct);
            case "gzip" or "x-gzip":
                try
                {
                    await using var unpacked = new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true);
                    return await Bounded(unpacked, 16 * 1024, max, ct);
                }
                catch (InvalidDataException)
                {
                    return ([], Refusal.Invalid("The body is no valid gzip, as Content-Encoding says."));
                }

            case var other:
                return ([], new Refusal(415, "not-supported", $"Content-Encoding '{other}' is not read here; send gzip or none."));
        }
    }

    private static async ValueTask<(byte[], Refusal?)> Bounded(Stream body, int expected, int max, CancellationToken ct)
    {
        using var buffer = new MemoryStream(expected);
        var chunk = new byte[16 * 1024];
        while (await body.ReadAsync(chunk, ct) is var read and > 0)
        {
            if (buffer.Length + read > max) return ([], TooLarge(max));
            buffer.Write(chunk, 0, read);
        }

        return (buffer.Length == buffer.Capacity ? buffer.GetBuffer() : buffer.ToArray(), null);
    }

    private static Refusal TooLarge(int max) => new(413, "too-long", string.Create(CultureInfo.InvariantCulture, $"The body is larger than {max / 1024 / 1024} MB."));
}
