namespace Health.CardAgent.Desk;

/// <summary>
/// Something that happened at the desk: <c>inserted</c>, <c>identified</c>, <c>refused</c> (a card that was read and may not be used, or was not read),
/// <c>removed</c>, <c>visit</c>. <paramref name="View"/> is the desk just after.
/// </summary>
public sealed record DeskEvent(string Name, DeskView View)
{
    public const string Inserted = "inserted", Identified = "identified", Refused = "refused", Removed = "removed", Visit = "visit";

    private static readonly string[] Judged = ["blocked", "unknown", "offline", "problem"];

    /// <summary>What happened between two views. Pure.</summary>
    public static IEnumerable<DeskEvent> Between(DeskView before, DeskView after)
    {
        var (was, isNow) = (before.Card is { Present: true }, after.Card is { Present: true });
        var anew = after.Card is { State: "reading" } && before.Card is not { State: "reading" };
        if (was && (!isNow || anew) && before.Card is not { State: "reading" }) yield return new DeskEvent(Removed, after);
        if (isNow && (!was || anew)) yield return new DeskEvent(Inserted, after);
        var verdict = Verdict(after);
        if (verdict is not null && verdict != Verdict(before)) yield return new DeskEvent(verdict == Identified ? Identified : Refused, after);
        if (after.Visit != before.Visit) yield return new DeskEvent(Visit, after);
    }

    // Before the platform has judged it a card that was read is "offline" without a word: that is no verdict yet.
    private static string? Verdict(DeskView view) => view.Card switch
    {
        { State: "identified" } => Identified,
        { State: "offline" } when view.Message is null => null,
        { State: var state } when Judged.Contains(state) => state,
        _ => null,
    };

    public override string ToString() => $"DeskEvent {Name}";
}
