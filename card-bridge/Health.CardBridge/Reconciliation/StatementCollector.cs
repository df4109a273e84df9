using Health.CardBridge.Payers;
using Health.Contracts;
using Microsoft.Extensions.Logging;

namespace Health.CardBridge.Reconciliation;

/// <summary>Brings the other parties' statements of a day in: asked for, or handed in by a person or a HIS. Each is a fact of the day of the clinic it concerns.</summary>
public sealed class StatementCollector(StatementSources sources, InsurerStatements insurer, StatementStore store, DayBook days, TimeProvider clock, ILogger<StatementCollector> log)
{
    /// <summary>Asks every party that has one statement for the whole city. What cannot be had is logged; the days that need it wait.</summary>
    public async Task CollectCity(DateOnly day, CancellationToken ct)
    {
        foreach (var sender in sources.OfTheCity)
        {
            var answer = await sources.Ask(sender, day, ct);
            if (answer is PayerAnswer<IReadOnlyList<StatementLine>>.Accepted(var lines)) await Take(day, sender, null, lines, DayBook.Actor, null, ct);
            else log.LogWarning("The statement of {Sender} for {Day} cannot be had: {Reason}", sender, day, ReasonOf(answer));
        }
    }

    /// <summary>Asks the HIS and the insurer of one clinic.</summary>
    public async Task CollectClinic(string institutionCode, DateOnly day, bool hasInsured, CancellationToken ct)
    {
        if (institutionCode == Parties.NoInstitution) return;
        if (sources.HasHis)
        {
            var answer = await sources.AskHis(institutionCode, day, ct);
            if (answer is PayerAnswer<IReadOnlyList<StatementLine>>.Accepted(var lines)) await Take(day, Parties.His, institutionCode, lines, DayBook.Actor, null, ct);
            else log.LogWarning("The HIS of {Institution} gives no ledger for {Day}: {Reason}", institutionCode, day, ReasonOf(answer));
        }
        if (!hasInsured) return;
        var said = await insurer.Ask(institutionCode, day, ct);
        switch (said)
        {
            case PayerAnswer<InsurerStatement>.Accepted(InsurerStatement.Agreed(var fen, var totals)):
                await Tell(day, [await store.TakeTotals(day, Parties.Insurer, institutionCode, fen, totals, ct)], DayBook.Actor, null, ct);
                break;
            case PayerAnswer<InsurerStatement>.Accepted(InsurerStatement.Detail(var lines)):
                await Take(day, Parties.Insurer, institutionCode, lines, DayBook.Actor, null, ct);
                break;
            default:
                log.LogWarning("The insurer does not reconcile {Institution} for {Day}: {Reason}", institutionCode, day, ReasonOf(said));
                break;
        }
    }

    /// <summary>Takes a statement; of the whole city when no institution is named.</summary>
    /// <returns>What each clinic has of it now.</returns>
    public async Task<IReadOnlyList<TakenStatement>> Take(DateOnly day, string party, string? institutionCode, IReadOnlyList<StatementLine> lines, string actor, string? trace, CancellationToken ct)
    {
        if (party == Parties.Acquirer)
            return
            [
                .. await Take(day, Parties.Bank, institutionCode, [.. lines.Where(line => line.Channel == Parties.Bank)], actor, trace, ct),
                .. await Take(day, Parties.Mobile, institutionCode, [.. lines.Where(line => line.Channel == Parties.Mobile)], actor, trace, ct),
            ];
        var taken = await store.TakeLines(day, party, institutionCode, lines, ct);
        await Tell(day, taken, actor, trace, ct);
        return taken;
    }

    private async Task Tell(DateOnly day, IReadOnlyList<TakenStatement> taken, string actor, string? trace, CancellationToken ct)
    {
        foreach (var statement in taken)
        {
            var at = clock.GetUtcNow();
            var fact = new StatementCollected(at, statement.Party, statement.Form, statement.LineCount, statement.SumFen, statement.Sm3);
            await days.Change(statement.InstitutionCode, day, state => OpenAnd(at, statement.InstitutionCode, day, state, fact), actor, trace, null, ct);
        }
    }

    private static DayDecision OpenAnd(DateTimeOffset at, string institutionCode, DateOnly day, DayState state, StatementCollected fact)
    {
        var opened = DayDecider.Open(at, institutionCode, day, state).Facts;
        var decision = DayDecider.Collect(fact, opened.Aggregate(state, (s, f) => s.Apply(f)));
        return decision.Refusal is null ? decision with { Facts = [.. opened, .. decision.Facts] } : decision;
    }

    private static string ReasonOf<T>(PayerAnswer<T> answer) => answer switch { PayerAnswer<T>.Unknown(var reason) => reason, PayerAnswer<T>.Refused(var reason) => reason, _ => "" };
}
