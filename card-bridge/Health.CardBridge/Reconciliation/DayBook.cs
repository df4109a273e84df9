using Health.CardBridge.Log;
using Health.Contracts;
using NpgsqlTypes;

namespace Health.CardBridge.Reconciliation;

/// <summary>The streams of institutions' days, with the row each keeps in <c>cards.account_day</c>.</summary>
public sealed class DayBook(EventWriter events, NodeIdentity node)
{
    public const string Actor = "system:card-bridge";
    private const int MaxTries = 8;

    public static string StreamOf(string institutionCode, DateOnly day) => $"account-day/{institutionCode}/{day:yyyy-MM-dd}";

    public async Task<(DayState State, long Version)> Load(string institutionCode, DateOnly day, CancellationToken ct)
    {
        var facts = await events.Read<IDayFact>(StreamOf(institutionCode, day), ct);
        return (DayState.Of(facts), facts.Count);
    }

    /// <summary>Decides on the day as it stands and writes what follows; again when somebody else was faster.</summary>
    /// <param name="appendix">SQL of the same transaction, made for the facts that are written.</param>
    public async Task<(DayState State, Refusal? Refusal)> Change(
        string institutionCode, DateOnly day, Func<DayState, DayDecision> decide, string actor, string? trace, Func<IReadOnlyList<IDayFact>, IEnumerable<SqlStatement>>? appendix, CancellationToken ct)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var (state, version) = await Load(institutionCode, day, ct);
            var (facts, refusal) = decide(state);
            if (refusal is not null || facts.Count == 0) return (state, refusal);
            var after = facts.Aggregate(state, (s, fact) => s.Apply(fact));
            IEnumerable<SqlStatement> statements = after.Stage == DayStage.Closed ? [] : [Row(after)];
            var header = new EventHeader(node.NodeId, actor, PurposeOfUse.HPAYMT, CardBridgeModule.Source, trace);
            if (await events.Append([new StreamAppend(StreamOf(institutionCode, day), version, facts)], header, new Appendix([.. statements, .. appendix?.Invoke(facts) ?? []], [], []), ct))
                return (after, null);
        }
        throw new InvalidOperationException($"The day {day:yyyy-MM-dd} of {institutionCode} changed {MaxTries} times while it was decided.");
    }

    // The row of a closed day is written by cards.close_day alone.
    private static SqlStatement Row(DayState state) => new(
        """
        insert into cards.account_day (institution_code, business_day, stage, changed_at) values ($1, $2, $3, $4)
        on conflict (institution_code, business_day) do update set stage = $3, changed_at = $4
        """,
        [state.InstitutionCode, new Npgsql.NpgsqlParameter { Value = state.Day, NpgsqlDbType = NpgsqlDbType.Date }, state.Stage.ToString().ToLowerInvariant(), state.ChangedAt.ToUniversalTime()]);
}
