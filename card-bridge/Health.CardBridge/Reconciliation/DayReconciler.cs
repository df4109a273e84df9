using Health.CardBridge.Log;
using Health.Contracts;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.CardBridge.Reconciliation;

/// <summary>Where a day stands after an act, or why the act was refused.</summary>
public sealed record DayResult(string InstitutionCode, DayState State, Refusal? Refusal)
{
    public long Lines { get; init; }
}

/// <summary>
/// Reconciles days (card domain §5.6): collect, compare, apply the rules, close. Every act may be repeated; each begins from what the stream and the
/// ledgers say then.
/// </summary>
public sealed class DayReconciler(
    StatementCollector collector, DayLedgers ledgers, DifferenceStore differences, RuleRunner rules, DayBook days, TimeProvider clock, ILogger<DayReconciler> log)
{
    // More at once only wait for their turn at the log.
    private const int AtOnce = 4;

    /// <summary>A day of all clinics (or one): statements are asked for, compared, and what agrees is closed if <paramref name="close"/> says so.</summary>
    public async Task<IReadOnlyList<DayResult>> Run(DateOnly day, string? institutionCode, bool collect, bool close, string actor, CancellationToken ct)
    {
        if (collect) await collector.CollectCity(day, ct);
        var institutions = institutionCode is null ? await ledgers.Institutions(day, ct) : [institutionCode];
        var results = new DayResult[institutions.Count];
        await Parallel.ForAsync(0, institutions.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
            async (i, token) => results[i] = await RunOne(institutions[i], day, collect, close, actor, token));
        return results;
    }

    /// <summary>Compares both sides as they are now and applies the rules.</summary>
    public async Task<DayResult> Compare(string institutionCode, DateOnly day, string actor, CancellationToken ct)
    {
        var (sides, comparison, rows) = await Match(institutionCode, day, ct);
        if (await DecideVisits(rows, ct)) (sides, comparison, rows) = await Match(institutionCode, day, ct);
        var at = clock.GetUtcNow();
        List<DifferenceResolved> explained = [];
        foreach (var row in rows.Where(row => row.IsOpen))
            if (AutoRules.Apply(row.Difference, await rules.Around(row.Difference, ct)) is ({ } rule, RuleOutcome.Explained(var reason)))
                explained.Add(new DifferenceResolved(at, row.Difference.Id, row.Difference.Party, row.Difference.Kind, row.Difference.Reference, rule.Name, DayBook.Actor, reason));
        var compared = new DayCompared(at, comparison.Totals, sides.Now.LedgerDigest, rows.Count(row => row.IsOpen));
        var (state, refusal) = await days.Change(
            institutionCode, day, state => CompareAndResolve(institutionCode, day, compared, Comparison.Needed(sides), explained, state), actor, null,
            facts => facts.OfType<DifferenceResolved>().Select(DifferenceStore.Resolve), ct);
        return new DayResult(institutionCode, state, refusal) { Lines = comparison.LineCount };
    }

    /// <summary>A person resolves a difference, with the reason.</summary>
    public async Task<DayResult?> Resolve(Guid differenceId, string reason, string actor, string trace, CancellationToken ct)
    {
        if (await differences.Find(differenceId, ct) is not { Difference: var d } row) return null;
        var fact = new DifferenceResolved(clock.GetUtcNow(), d.Id, d.Party, d.Kind, d.Reference, null, actor, reason);
        var (state, refusal) = await days.Change(
            d.InstitutionCode, d.Day, state => row.IsOpen ? DayDecider.Resolve(fact, state) : DayDecision.Nothing, actor, trace, facts => facts.OfType<DifferenceResolved>().Select(DifferenceStore.Resolve), ct);
        return new DayResult(d.InstitutionCode, state, refusal);
    }

    /// <summary>Seals a day for good: its lines are compared once more and must be those of the last comparison.</summary>
    public async Task<DayResult> Close(string institutionCode, DateOnly day, string actor, string? trace, CancellationToken ct)
    {
        var sides = await ledgers.Read(institutionCode, day, ct);
        var comparison = Comparison.Of(sides);
        var at = clock.GetUtcNow();
        var closed = new DayClosed(at, comparison.Seal, comparison.LineCount, comparison.Totals);
        try
        {
            var (state, refusal) = await days.Change(
                institutionCode, day, state => DayDecider.Close(closed, sides.Now, ChinaTime.DayOf(at), state), actor, trace,
                _ => [new SqlStatement("select cards.close_day($1, $2, $3, $4, $5, $6)", [institutionCode, day, sides.Now.LedgerDigest, closed.Seal, closed.LineCount, at.ToUniversalTime()])], ct);
            return new DayResult(institutionCode, state, refusal) { Lines = comparison.LineCount };
        }
        catch (PostgresException changed) when (changed.SqlState == "HC002")
        {
            var (state, _) = await days.Load(institutionCode, day, ct);
            return new DayResult(institutionCode, state, Refusal.Conflict($"{changed.MessageText}: compare again."));
        }
    }

    private async Task<DayResult> RunOne(string institutionCode, DateOnly day, bool collect, bool close, string actor, CancellationToken ct)
    {
        var (before, _) = await days.Load(institutionCode, day, ct);
        if (before.Stage == DayStage.Closed) return new DayResult(institutionCode, before, null) { Lines = before.Closed!.LineCount };
        if (before.Stage == DayStage.None)
            await days.Change(institutionCode, day, state => DayDecider.Open(clock.GetUtcNow(), institutionCode, day, state), actor, null, null, ct);
        if (collect) await collector.CollectClinic(institutionCode, day, (await ledgers.Read(institutionCode, day, ct)).Ours[Parties.Insurer].Any(), ct);
        var compared = await Compare(institutionCode, day, actor, ct);
        if (!close || compared.Refusal is not null || compared.State.Stage is not (DayStage.Matched or DayStage.Resolved)) return compared;
        var closed = await Close(institutionCode, day, actor, null, ct);
        if (closed.Refusal is { } why) log.LogInformation("The day {Day} of {Institution} agrees and is not closed: {Reason}", day, institutionCode, why.Diagnostics);
        return closed;
    }

    private async Task<(BothSides Sides, Comparison Comparison, IReadOnlyList<DifferenceRow> Rows)> Match(string institutionCode, DateOnly day, CancellationToken ct)
    {
        var sides = await ledgers.Read(institutionCode, day, ct);
        var comparison = Comparison.Of(sides);
        var found = DifferenceStore.Of(institutionCode, day, comparison.Differences);
        found.AddRange(await differences.BrokenInvariants(institutionCode, day, ct));
        var tacs = found.Where(difference => difference.Tac is not null).ToDictionary(difference => difference.Id, difference => difference.Tac);
        var rows = await differences.Replace(institutionCode, day, found, ct);
        return (sides, comparison, [.. rows.Select(row => row with { Difference = row.Difference with { Tac = tacs.GetValueOrDefault(row.Difference.Id) } })]);
    }

    private async Task<bool> DecideVisits(IReadOnlyList<DifferenceRow> rows, CancellationToken ct)
    {
        var decided = false;
        foreach (var row in rows.Where(row => row.IsOpen && row.Difference.Tac is not null))
        {
            if (AutoRules.Apply(row.Difference, await rules.Around(row.Difference, ct)) is not ({ } rule, RuleOutcome.DebitCharged(var visitTx, var tac))) continue;
            var charged = await rules.Charge(visitTx, row.Difference.Reference, tac, ct);
            log.LogInformation("Visit {VisitTx}: rule {Rule} of reconciliation: {Outcome}", visitTx, rule.Name, charged ? "decided as charged" : "not taken; it stays on the work list");
            decided |= charged;
        }
        return decided;
    }

    private static DayDecision CompareAndResolve(string institutionCode, DateOnly day, DayCompared compared, IEnumerable<string> needed, List<DifferenceResolved> explained, DayState state)
    {
        var facts = new List<IDayFact>(DayDecider.Open(compared.At, institutionCode, day, state).Facts);
        var now = facts.Aggregate(state, (s, fact) => s.Apply(fact));
        var decision = DayDecider.Compare(compared, needed, now);
        if (decision.Refusal is not null) return facts.Count == 0 ? decision : new DayDecision([], decision.Refusal);
        facts.AddRange(decision.Facts);
        now = decision.Facts.Aggregate(now, (s, fact) => s.Apply(fact));
        foreach (var resolved in explained)
        {
            var next = DayDecider.Resolve(resolved, now);
            facts.AddRange(next.Facts);
            now = next.Facts.Aggregate(now, (s, fact) => s.Apply(fact));
        }
        return new DayDecision(facts, null);
    }
}
