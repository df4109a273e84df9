using Health.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Health.Fhir.Wire;

/// <summary>
/// The form an answer goes out in: <c>_format</c> before Accept, <c>_pretty</c>. http://hl7.org/fhir/R4/http.html#mime-type
/// Of what Accept names the highest q wins, then what stands first; a wildcard means JSON.
/// </summary>
public sealed record WireFormat(bool IsXml, bool IsPretty)
{
    public static readonly WireFormat Default = new(IsXml: false, IsPretty: false);

    public static WireFormat Of(HttpContext http) => http.Features.Get<WireFormat>() ?? Default;

    /// <summary>Decides the format and keeps it with the request, errors included; a refusal is answered in JSON.</summary>
    public static Refusal? Negotiate(HttpContext http, string? format, string? pretty)
    {
        http.Features.Set(Default);
        if (pretty is not (null or "true" or "false")) return Refusal.Invalid($"_pretty is true or false, not '{pretty}'.", "_pretty");
        // A '+' that was not escaped in the query arrives as a space.
        var asked = format is { Length: > 0 } ? [format.Replace(' ', '+')] : http.Request.Headers.Accept.ToArray();
        if (IsXmlWanted(asked) is not { } isXml)
            return new Refusal(406, "not-supported", $"'{string.Join(", ", asked)}' cannot be answered; ask for application/fhir+json or application/fhir+xml.");
        http.Features.Set(new WireFormat(isXml, pretty == "true"));
        return null;
    }

    /// <summary>null when nothing that is acceptable can be given.</summary>
    private static bool? IsXmlWanted(string?[] asked)
    {
        if (asked.All(string.IsNullOrWhiteSpace)) return false;
        if (asked is ["json"]) return false;
        if (asked is ["xml"]) return true;
        if (!MediaTypeHeaderValue.TryParseList([.. asked.OfType<string>()], out var ranges)) return null;
        var json = Rank(ranges, FhirMedia.JsonNames);
        var xml = Rank(ranges, FhirMedia.XmlNames);
        if (json.Quality <= 0 && xml.Quality <= 0) return null;
        return xml.Quality != json.Quality ? xml.Quality > json.Quality : xml.Place < json.Place;
    }

    // A name counts before a wildcard, whatever the order: "*/*;q=0.1, application/fhir+xml".
    private static (double Quality, int Place) Rank(IList<MediaTypeHeaderValue> ranges, string[] names)
    {
        var best = (Quality: -1.0, Place: int.MaxValue);
        for (var i = 0; i < ranges.Count; i++)
            if (names.Contains(ranges[i].MediaType.ToString().ToLowerInvariant()) && IsR4(ranges[i]) && Quality(ranges[i]) > best.Quality) best = (Quality(ranges[i]), i);
        if (best.Quality >= 0) return best;
        foreach (var range in ranges)
            if (range.MatchesAllTypes || (range.MatchesAllSubTypes && range.Type.Equals("application", StringComparison.OrdinalIgnoreCase))) best = (Math.Max(best.Quality, Quality(range)), int.MaxValue);
        return best;
    }

    private static double Quality(MediaTypeHeaderValue range) => range.Quality ?? 1;

    /// <summary>http://hl7.org/fhir/R4/http.html#version-parameter</summary>
    public static bool IsR4(MediaTypeHeaderValue media) =>
        media.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("fhirVersion", StringComparison.OrdinalIgnoreCase))?.GetUnescapedValue().ToString() is null or "4.0" or "4.0.0" or "4.0.1";
}
