using Health.CardBridge.Bindings;
using Health.CardBridge.Issuing;
using Health.CardBridge.Log;
using Health.CardBridge.Payers;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.CardBridge.Loads;

/// <param name="Mac2">The operator's code for CREDIT FOR LOAD; passed on, never kept.</param>
public sealed record LoadAnswer(LoadState State, string? Mac2, Refusal? Refusal);

/// <summary>
/// Loads of purses between card and operator. Written before the operator is asked; an answer that was lost is asked for again under the same id. What the card says of the
/// outcome goes to the operator through the outbox.
/// </summary>
public sealed class LoadProcess(NpgsqlDataSource database, EventWriter events, CardLog cards, Blacklist blacklist, CityCardOperator company, VisitGate gate, NodeIdentity node, TimeProvider clock)
{
    private const int MaxTries = 5;

    public async Task<LoadAnswer> Request(LoadRequested wanted, string purseNo, Caller caller, CancellationToken ct)
    {
        using var turn = await gate.Enter($"load|{wanted.LoadId}", ct);
        var (state, refusal) = await Write(wanted.LoadId, wanted, caller, ct);
        if (refusal is not null || state.Name is "refused" or "loaded" or "not-loaded") return new LoadAnswer(state, null, refusal);
        switch (await company.AuthoriseLoad(state.Request!, purseNo, ct))
        {
            case PayerAnswer<LoadRight>.Accepted(var right):
                return new LoadAnswer((await Write(wanted.LoadId, new LoadAuthorised(clock.GetUtcNow(), right.Date + right.Time), caller, ct)).State, right.Mac2, null);
            case PayerAnswer<LoadRight>.Refused(var reason):
                return new LoadAnswer((await Write(wanted.LoadId, new LoadRefused(clock.GetUtcNow(), reason), caller, ct)).State, null, null);
            default:
                return new LoadAnswer(state, null, null);
        }
    }

    public async Task<LoadAnswer> Decide(string loadId, string institutionCode, bool loaded, string? tac, Caller caller, CancellationToken ct)
    {
        using var turn = await gate.Enter($"load|{loadId}", ct);
        var (before, _) = await Load(loadId, ct);
        if (before.Request?.InstitutionCode != institutionCode) return new LoadAnswer(before, null, Refusal.NotFound("There is no such load at this institution."));
        var (state, refusal) = await Write(loadId, new LoadDecided(clock.GetUtcNow(), loaded, tac), caller, ct);
        return new LoadAnswer(state, null, refusal);
    }

    /// <summary>The card of a chip and its holder, when the card is active, the purse is the chip's, and it is not blocked; otherwise why not.</summary>
    public async Task<(CardState? Card, string? CardId, Refusal? Refusal)> CardOf(string chipSerial, string purseNo, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select card_id from cards.chip where chip_serial = $1");
        command.Parameters.Add(new() { Value = chipSerial });
        if (await command.ExecuteScalarAsync(ct) is not string cardId) return (null, null, Refusal.NotFound("No card with this chip was issued here."));
        var (card, _) = await cards.Load(cardId, ct);
        if (card.Stage != CardStage.Active || card.ChipSerial != chipSerial) return (null, null, Refusal.Conflict("The card is not active."));
        if ((await cards.Holder(cardId, card, ct))?.PurseNo != purseNo) return (null, null, Refusal.Conflict("The purse is not the one bound to this card."));
        return await blacklist.IsBlocked(purseNo, ct) switch
        {
            false => (card, cardId, null),
            true => (null, null, Refusal.Conflict("The purse is on the operator's blacklist.")),
            null => (null, null, Refusal.Throttled("The operator's blacklist cannot be had: the purse cannot be loaded now.")),
        };
    }

    /// <summary>Tells the operator what became of a load.</summary>
    public async Task<(PayerAnswer<Done> Answer, LoadRequested Request)> Tell(string loadId, CancellationToken ct)
    {
        var (state, _) = await Load(loadId, ct);
        return (await company.DecideLoad(loadId, state.Decided!.Loaded, state.Decided.Tac, ct), state.Request!);
    }

    private async Task<(LoadState State, long Version)> Load(string loadId, CancellationToken ct)
    {
        var facts = await events.Read<ILoadFact>(StreamOf(loadId), ct);
        return (LoadState.Of(facts), facts.Count);
    }

    private async Task<(LoadState State, Refusal? Refusal)> Write(string loadId, ILoadFact wanted, Caller caller, CancellationToken ct)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var (state, version) = await Load(loadId, ct);
            var (fact, refusal) = LoadDecider.Decide(wanted, state);
            if (fact is null) return (state, refusal);
            var after = state.Apply(fact);
            var header = new EventHeader(node.NodeId, caller.Actor, PurposeOfUse.HPAYMT, CardBridgeModule.Source, caller.RequestId);
            OutboxMessage[] messages = fact is LoadDecided ? [OutboxMessage.LoadOutcome(loadId, fact.At)] : [];
            if (await events.Append([new StreamAppend(StreamOf(loadId), version, [fact])], header, new Appendix([Row(after, fact.At)], [Audit(caller, after)], messages), ct)) return (after, null);
        }
        throw new InvalidOperationException($"Load {loadId} changed {MaxTries} times while a step was decided.");
    }

    private static string StreamOf(string loadId) => $"load/{loadId}";

    private AuditFact Audit(Caller caller, LoadState state) =>
        new(Guid.CreateVersion7(), clock.GetUtcNow(), "E", $"load-{state.Name}", 0, caller.Actor, caller.ClientId, caller.InstitutionCode, PurposeOfUse.HPAYMT, caller.RequestId)
        {
            ResidentId = state.Request!.ResidentId, Target = StreamOf(state.Request.LoadId),
        };

    private static SqlStatement Row(LoadState state, DateTimeOffset at) => new(
        """
        insert into cards.purse_load (load_id, institution_code, card_id, chip_serial, card_seq, terminal_no, amount_fen, state, tac, requested_at, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (load_id) do update set state = $8, tac = $9, changed_at = $11
        """,
        [
            state.Request!.LoadId, state.Request.InstitutionCode, state.Request.CardId, state.Request.ChipSerial, state.Request.CardSeq, state.Request.TerminalNo, state.Request.AmountFen, state.Name,
            new NpgsqlParameter { Value = (object?)state.Decided?.Tac ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, state.Request.At.ToUniversalTime(), at.ToUniversalTime(),
        ]);
}
