namespace Health.Fhir.Search;

/// <summary>
/// Compiles <c>near</c>: a box of latitudes and longitudes, which the index finds, and within it the great-circle distance (haversine, mean radius of the earth).
/// </summary>
public static class NearSql
{
    /// <summary>Metres.</summary>
    public const double EarthRadius = 6_371_008.8;

    public static string Compile(SearchValue.Near near, SqlContext sql, string row)
    {
        var reach = near.Metres / EarthRadius * 180 / Math.PI;
        string Degrees(double value) => $"{sql.Add(value)}::double precision";
        var (latitude, longitude) = (Degrees(near.Latitude), Degrees(near.Longitude));
        List<string> conditions = [$"{row}.low between {Degrees(near.Latitude - reach)} and {Degrees(near.Latitude + reach)}"];
        if (Longitudes(near, reach) is var (west, east))
        {
            conditions.Add(west <= east
                ? $"{row}.high between {Degrees(west)} and {Degrees(east)}"
                : $"({row}.high >= {Degrees(west)} or {row}.high <= {Degrees(east)})");
        }
        var haversine = $"power(sind(({row}.low - {latitude}) / 2), 2) + cosd({latitude}) * cosd({row}.low) * power(sind(({row}.high - {longitude}) / 2), 2)";
        conditions.Add($"2 * {EarthRadius.ToString(System.Globalization.CultureInfo.InvariantCulture)} * asin(least(1, sqrt({haversine}))) <= {Degrees(near.Metres)}");
        return $"({string.Join(" and ", conditions)})";
    }

    /// <summary>From west to east, across the 180th meridian where west is the greater; null near a pole, where every longitude may be near.</summary>
    private static (double West, double East)? Longitudes(SearchValue.Near near, double reach)
    {
        if (Math.Abs(near.Latitude) + reach >= 90) return null;
        var half = Math.Asin(Math.Min(1, Math.Sin(reach * Math.PI / 180) / Math.Cos(near.Latitude * Math.PI / 180))) * 180 / Math.PI;
        if (half >= 179) return null;
        var (west, east) = (near.Longitude - half, near.Longitude + half);
        return (west < -180 ? west + 360 : west, east > 180 ? east - 360 : east);
    }
}
