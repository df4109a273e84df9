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

    /// <summary>A desk's command. Stops where an answer is unknown: that is decided behind the desk's back.</summary>
    /// <param name="authCode">The payer's code for a leg that is asked for now. It is used once and written nowhere.</param>
    public async Task<VisitResult> Execute(string visitTx, Caller caller, string interaction, Func<SettlementState, VisitCommand> command, CancellationToken ct, string? authCode = null)
    {
        using var turn = await gate.Enter(visitTx, ct);
        var header = new EventHeader(node.NodeId, caller.Actor, PurposeOfUse.HPAYMT, CardBridgeModule.Source, caller.RequestId);
        var (state, refusal, isNew) = await Decide(visitTx, command, header, after => Audit(caller, interaction, after), ct);
        if (refusal is not null) return new VisitResult(state, refusal);
        // From here on the desk hanging up changes nothing.
        var fresh = new Fresh(isNew && state.Stage == VisitStage.InsuranceSettling, isNew && state.Stage == VisitStage.TenderRequested ? authCode : null);
        return new VisitResult(await GoForDesk(state, visitTx, fresh, lifetime.ApplicationStopping), null);
    }

    // The desk's command is written; a step behind it that fails is not the desk's affair. It sees where the visit stands and the rest is tried again.
    private async Task<SettlementState> GoForDesk(SettlementState state, string visitTx, Fresh fresh, CancellationToken ct)
    {
        try
        {
            return await Go(state, visitTx, fresh, stopAtUnknown: true, ct);
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
        var (state, _) = await visits.Load(visitTx, ct);
        return await Go(state, visitTx, default, stopAtUnknown: false, ct);
    }

    private async Task<SettlementState> Go(SettlementState state, string visitTx, Fresh fresh, bool stopAtUnknown, CancellationToken ct)
    {
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
            (state, _, _) = await Decide(visitTx, _ => command, header, _ => [], ct);
        }
        if (NextStep.Due(state) is { } due) queue.At(visitTx, due);
        else queue.Forget(visitTx);
        return state;
    }

    private async Task<(SettlementState State, Refusal? Refusal, bool IsNew)> Decide(
        string visitTx, Func<SettlementState, VisitCommand> command, EventHeader header, Func<SettlementState, IReadOnlyList<AuditFact>> audit, CancellationToken ct)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var (state, version) = await visits.Load(visitTx, ct);
            var decision = SettlementDecider.Decide(command(state), state);
            if (decision is Decision.Refused(var refusal)) return (state, refusal, false);
            var facts = ((Decision.Accepted)decision).Facts;
            if (facts.Count == 0) return (state, null, false);
            var after = facts.Aggregate(state, (s, fact) => s.Apply(fact));
            if (await visits.Append(visitTx, state, version, facts, header, audit(after), ct)) return (after, null, true);
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
