namespace Health.Fhir.Search;

/// <summary>An instant as a parameter names it, such as <c>_since</c> and <c>_asOf</c>: one reading for all of them.</summary>
public static class Instants
{
    /// <summary>
    /// Reads YYYY-MM-DDThh:mm[:ss[.fff]] with or without an offset; without one it is of <paramref name="zone"/>, never UTC. A date alone is a day and no instant.
    /// </summary>
    public static bool TryRead(string text, LocalZone zone, out DateTimeOffset instant)
    {
        instant = default;
        if (!text.Contains('T') || !DateRange.TryParse(text, zone, out var range)) return false;
        instant = new DateTimeOffset(range.Low, TimeSpan.Zero);
        return true;
    }
}
