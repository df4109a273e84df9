using Health.CardBridge.Log;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Registrations;

/// <summary>A source after an act, or why the act was refused.</summary>
public sealed record SourceResult(SourceState State, Refusal? Refusal);

/// <summary>
/// The streams of sources of numbers. One act at a time per source in this process, so that a rush for the last numbers does not spend itself on
/// conflicts; the expected version keeps it right across processes.
/// </summary>
public sealed class SourceBook(EventWriter events, VisitGate gate, NodeIdentity node, RecordSignal signal, TimeProvider clock)
{
    private const int MaxTries = 8;
    public const string OnePerDay = "appointment_one_per_day";

    public static string StreamOf(string sourceId) => $"source/{sourceId}";

    public async Task<(SourceState State, long Version)> Load(string sourceId, CancellationToken ct)
    {
        var facts = await events.Read<ISourceFact>(StreamOf(sourceId), ct);
        return (SourceState.Of(facts), facts.Count);
    }

    /// <summary>Decides on the source as it stands and writes what follows.</summary>
    /// <param name="caller">Null: the platform by itself.</param>
    /// <param name="residentId">Whom the act concerns, for the audit.</param>
    /// <exception cref="PostgresException">Unique violation of <see cref="OnePerDay"/>: the person holds a number of another session of that department and day.</exception>
    public async Task<SourceResult> Change(string sourceId, Func<DateTimeOffset, SourceState, SourceDecision> decide, Caller? caller, string interaction, string? residentId, CancellationToken ct)
    {
        using var turn = await gate.Enter(StreamOf(sourceId), ct);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var (state, version) = await Load(sourceId, ct);
            var (facts, refusal) = decide(clock.GetUtcNow(), state);
            if (refusal is not null || facts.Count == 0) return new SourceResult(state, refusal);
            var after = facts.Aggregate(state, (s, fact) => s.Apply(fact));
            var header = new EventHeader(node.NodeId, caller?.Actor ?? "system:card-bridge", PurposeOfUse.HOPERAT, CardBridgeModule.Source, caller?.RequestId);
            AuditFact[] audit = caller is null ? [] : [Audit(caller, interaction, sourceId, residentId)];
            if (!await events.Append([new StreamAppend(StreamOf(sourceId), version, facts)], header, new Appendix([.. SourceRows.Of(state, after)], audit, []), ct)) continue;
            signal.Wake();
            return new SourceResult(after, null);
        }
        throw new InvalidOperationException($"Source {sourceId} changed {MaxTries} times while it was decided.");
    }

    private AuditFact Audit(Caller caller, string interaction, string sourceId, string? residentId) =>
        new(Guid.CreateVersion7(), clock.GetUtcNow(), "E", interaction, 0, caller.Actor, caller.ClientId, caller.InstitutionCode, PurposeOfUse.HOPERAT, caller.RequestId)
        {
            ResidentId = residentId, Target = StreamOf(sourceId),
        };
}
