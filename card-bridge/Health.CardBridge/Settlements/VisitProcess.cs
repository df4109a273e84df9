using Health.CardBridge.Log;
using Health.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Health.CardBridge.Settlements;

/// <summary>The visit after a command, or why it was not carried out.</summary>
public sealed record VisitResult(SettlementState State, Refusal? Refusal);

/// <summary>
/// The process manager of visits: a command is decided and written, then the steps that need no desk are taken until one waits. Each step is
/// written before the next; after a crash the stream says where to go on.
/// </summary>
public sealed class VisitProcess(VisitLog visits, VisitSteps steps, VisitGate gate, ResumeQueue queue, IHostApplicationLifetime lifetime, TimeProvider clock, NodeIdentity node, ILogger<VisitProcess> log)
{
    /// <summary>Who acts when no desk does.</summary>
    public const string Actor = "system:card-bridge";

    private const int MaxTries = 8;

    /// <summary>What a step may use only if it follows directly on the command that asked for it.</summary>
    private readonly record struct Fresh(bool Settlement, string? AuthCode);

    /// <summary>A visit as it was last read or written, and the version its next facts are decided on.</summary>
    private readonly record struct Place(SettlementState State, long Version);

    /// <summary>A desk's command. Stops where an answer is unknown: that is decided behind the desk's back.</summary>
    /// <param name="authCode">The payer's code for a leg that is asked for now. It is used once and written nowhere.</param>
    public async Task<VisitResult> Execute(string visitTx, Caller caller, string interaction, Func<SettlementState, VisitCommand> command, CancellationToken ct, string? authCode = null)
    {
        using var turn = await gate.Enter(visitTx, ct);
        var header = new EventHeader(node.NodeId, caller.Actor, PurposeOfUse.HPAYMT, CardBridgeModule.Source, caller.RequestId);
        var (place, refusal, isNew) = await Decide(visitTx, null, command, header, after => Audit(caller, interaction, after), ct);
        var state = place.State;
        if (refusal is not null) return new VisitResult(state, refusal);
        // From here on the desk hanging up changes nothing.
        var fresh = new Fresh(isNew && state.Stage == VisitStage.InsuranceSettling, isNew && state.Stage == VisitStage.TenderRequested ? authCode : null);
        return new VisitResult(await GoForDesk(place, visitTx, fresh, lifetime.ApplicationStopping), null);
    }

    // The desk's command is written; a step behind it that fails is not the desk's affair. It sees where the visit stands and the rest is tried again.
    private async Task<SettlementState> GoForDesk(Place place, string visitTx, Fresh fresh, CancellationToken ct)
    {
        try
        {
            return await Go(place, visitTx, fresh, stopAtUnknown: true, ct);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            log.LogError(failure, "Visit {VisitTx} could not go on; it is tried again", visitTx);
            queue.Retry(visitTx);
            return (await visits.Load(visitTx, ct)).State;
        }
    }

    /// <summary>Goes on with a visit as far as it goes without a desk.</summary>
    public async Task<SettlementState> Resume(string visitTx, CancellationToken ct)
    {
        using var turn = await gate.Enter(visitTx, ct);
        var (state, version) = await visits.Load(visitTx, ct);
        return await Go(new Place(state, version), visitTx, default, stopAtUnknown: false, ct);
    }

    private async Task<SettlementState> Go(Place place, string visitTx, Fresh fresh, bool stopAtUnknown, CancellationToken ct)
    {
        var state = place.State;
        var header = new EventHeader(node.NodeId, Actor, PurposeOfUse.HPAYMT, CardBridgeModule.Source);
        while (NextStep.Of(state, clock.GetUtcNow()) is var step and not Step.None)
        {
            if (stopAtUnknown && state.Stage is (VisitStage.TenderUnknown or VisitStage.InsuranceUnknown or VisitStage.HisUnknown or VisitStage.RefundUnknown))
            {
                queue.Now(visitTx);
                return state;
            }
            var command = step switch
            {
                Step.Settle when !fresh.Settlement => await steps.LoseSettlement(state, "not answered before a restart", ct),
                Step.Pay => await steps.Pay(state, fresh.AuthCode, ct),
                _ => await steps.Perform(step, state, ct),
            };
            if (command is null)
            {
                queue.Retry(visitTx);
                return state;
            }
            fresh = new Fresh(command is RequestSettlement, null);
            (place, _, _) = await Decide(visitTx, place, _ => command, header, _ => [], ct);
            state = place.State;
        }
        if (NextStep.Due(state) is { } due) queue.At(visitTx, due);
        else queue.Forget(visitTx);
        return state;
    }

    /// <param name="known">Where the visit stood when it was last seen; the append finds out whether it still does.</param>
    private async Task<(Place Place, Refusal? Refusal, bool IsNew)> Decide(
        string visitTx, Place? known, Func<SettlementState, VisitCommand> command, EventHeader header, Func<SettlementState, IReadOnlyList<AuditFact>> audit, CancellationToken ct)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var isKnown = tries == 0 && known is not null;
            var (state, version) = isKnown ? (known!.Value.State, known.Value.Version) : await visits.Load(visitTx, ct);
            var decision = SettlementDecider.Decide(command(state), state);
            var facts = decision is Decision.Accepted(var accepted) ? accepted : [];
            // That nothing follows is believed of what is stored, not of what was seen before.
            if (facts.Count == 0 && isKnown) continue;
            if (facts.Count == 0) return (new Place(state, version), (decision as Decision.Refused)?.Refusal, false);
            var after = facts.Aggregate(state, (s, fact) => s.Apply(fact));
            if (await visits.Append(visitTx, state, version, facts, header, audit(after), ct)) return (new Place(after, version + facts.Count), null, true);
        }
        throw new InvalidOperationException($"Visit {visitTx} changed {MaxTries} times while a step was decided.");
    }

    private AuditFact[] Audit(Caller caller, string interaction, SettlementState after) =>
    [
        new AuditFact(Guid.CreateVersion7(), clock.GetUtcNow(), "E", interaction, 0, caller.Actor, caller.ClientId, caller.InstitutionCode, PurposeOfUse.HPAYMT, caller.RequestId)
        {
            ResidentId = after.Request!.ResidentId,
            Target = VisitLog.StreamOf(after.Request.VisitTx),
        },
    ];
}
