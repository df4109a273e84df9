namespace Health.CardBridge;

/// <summary>Days and times as desks, insurer and receipts write them: UTC+8 the whole year.</summary>
public static class ChinaTime
{
    public static readonly TimeSpan Offset = TimeSpan.FromHours(8);

    public static DateTimeOffset Of(DateTimeOffset at) => at.ToOffset(Offset);

    public static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(Of(at).DateTime);

    /// <summary>FHIR dateTime with its offset.</summary>
    public static string Fhir(DateTimeOffset at) => Of(at).ToString("yyyy-MM-dd'T'HH:mm:sszzz");
}
