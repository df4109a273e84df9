using System.Globalization;

namespace Health.Fhir.Wire;

/// <summary>Version and time in HTTP headers. http://hl7.org/fhir/R4/http.html#versions</summary>
public static class FhirHeaders
{
    public static string ETag(long version) => $"W/\"{version}\"";

    /// <summary>The version of <c>W/"3"</c>, <c>"3"</c> or <c>3</c>; null when it is none.</summary>
    public static long? Version(string? tag)
    {
        if (tag is null) return null;
        var text = tag.AsSpan().Trim();
        if (text.StartsWith("W/")) text = text[2..];
        return long.TryParse(text.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0 ? version : null;
    }

    /// <summary>True when If-None-Match or If-Modified-Since say that the reader has this version already.</summary>
    public static bool IsNotModified(FhirRequest request, long version, DateTimeOffset lastUpdated)
    {
        if (request.IfNoneMatch is { } tags)
            return tags.Split(',').Any(tag => tag.Trim() == "*" || Version(tag) == version);
        return request.IfModifiedSince is { } since
            && DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            // An HTTP date knows whole seconds only.
            && lastUpdated.ToUnixTimeSeconds() <= time.ToUnixTimeSeconds();
    }
}
