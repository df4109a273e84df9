namespace Health.CardBridge.Registrations;

/// <summary>Who did not come <paramref name="Limit"/> times within <paramref name="WithinDays"/> days reserves nothing for <paramref name="BlockDays"/> days after the last time.</summary>
/// <param name="Since">First day on which somebody is judged by it.</param>
public sealed record NoShowRule(DateOnly Since, int Limit, int WithinDays, int BlockDays);

/// <summary>The limits of missed appointments (爽约), as a dated list. They hold for reservations; who stands at the desk on the day is served. Pure.</summary>
public static class NoShowRules
{
    public static readonly IReadOnlyList<NoShowRule> All = [new(new(2015, 1, 1), 3, 180, 90)];

    /// <summary>Last day of the block, or null.</summary>
    public static DateOnly? BlockedUntil(IEnumerable<DateOnly> missed, DateOnly today)
    {
        if (All.LastOrDefault(rule => rule.Since <= today) is not { } rule) return null;
        var days = missed.Where(day => day <= today).Order().ToList();
        // The latest series that reached the limit decides.
        for (var last = days.Count - 1; last >= rule.Limit - 1; last--)
            if (days[last].DayNumber - days[last - rule.Limit + 1].DayNumber <= rule.WithinDays)
                return days[last].AddDays(rule.BlockDays) is var until && until >= today ? until : null;
        return null;
    }
}
