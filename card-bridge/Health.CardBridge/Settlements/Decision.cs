using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>New facts (none: it was so already), or the reason why not.</summary>
public abstract record Decision
{
    private Decision() { }

    public sealed record Accepted(IReadOnlyList<IVisitFact> Facts) : Decision;

    public sealed record Refused(Refusal Refusal) : Decision;

    public static readonly Decision Nothing = new Accepted([]);

    public static Decision Of(params IVisitFact[] facts) => new Accepted(facts);

    public static Decision Conflict(string diagnostics) => new Refused(Refusal.Conflict(diagnostics));

    public static Decision Unprocessable(string diagnostics, string? place = null) => new Refused(Refusal.Unprocessable(diagnostics, place));
}
