using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>Location.position, for <c>near</c> (http://hl7.org/fhir/R4/location.html#positional): latitude and longitude in degrees (WGS 84) as the two ends of a number row.</summary>
public static class PositionValues
{
    public static void Emit(string parameter, JsonElement position, IIndexSink sink)
    {
        if (Degrees(position, "latitude", 90) is { } latitude && Degrees(position, "longitude", 180) is { } longitude)
            sink.Number(parameter, new NumberRange(latitude, longitude), null, null, null);
    }

    private static double? Degrees(JsonElement position, string name, double most) =>
        position.ValueKind == JsonValueKind.Object && position.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetDouble(out var degrees) && Math.Abs(degrees) <= most ? degrees : null;
}
