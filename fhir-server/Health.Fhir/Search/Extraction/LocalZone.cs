using System.Globalization;

namespace Health.Fhir.Search;

/// <summary>
/// The zone of dates and times that name none: a fixed offset (<c>+08:00</c>), or a zone of the tz database (<c>Asia/Shanghai</c>) where the machine has it.
/// A fixed offset is the safer choice for China: the zone knows the summer times of 1986 to 1991 too.
/// </summary>
public sealed class LocalZone
{
    private readonly TimeSpan offset;
    private readonly TimeZoneInfo? zone;

    private LocalZone(string name, TimeSpan offset, TimeZoneInfo? zone) => (Name, this.offset, this.zone) = (name, offset, zone);

    /// <summary>As it was configured.</summary>
    public string Name { get; }

    public static LocalZone Of(TimeSpan offset) => new($"{(offset < TimeSpan.Zero ? '-' : '+')}{offset.Duration():hh\\:mm}", offset, null);

    public static implicit operator LocalZone(TimeSpan offset) => Of(offset);

    /// <exception cref="InvalidOperationException">The text is neither an offset nor a zone this machine knows.</exception>
    public static LocalZone Parse(string text)
    {
        if (text is "Z" or "UTC") return Of(TimeSpan.Zero);
        if (text.Length == 6 && text[0] is '+' or '-' && TimeSpan.TryParseExact(text.AsSpan(1), "hh\\:mm", CultureInfo.InvariantCulture, out var size) && size <= TimeSpan.FromHours(14))
            return Of(text[0] == '-' ? -size : size);
        return TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone)
            ? new LocalZone(text, default, zone)
            : throw new InvalidOperationException($"Health:TimeZone is an offset such as +08:00, or a zone of this machine such as Asia/Shanghai, not '{text}'.");
    }

    /// <summary>What the clocks of the zone are ahead of UTC when they show <paramref name="local"/>.</summary>
    public TimeSpan OffsetAt(DateTime local) => zone is null ? offset : zone.GetUtcOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified));
}
