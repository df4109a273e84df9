using Health.CardBridge.Log;
using Health.Contracts;

namespace Health.CardBridge.Issuing;

/// <summary>The streams of cards. A stream is named by a derived id, since the card number is the resident ID number.</summary>
public sealed class CardLog(EventWriter events, IKeyring keys)
{
    public string IdOf(string cardNo) => keys.DeriveId("Card", IdentifierSystems.HealthCard, cardNo);

    public static string StreamOf(string cardId) => $"card/{cardId}";

    public async Task<(CardState State, long Version)> Load(string cardId, CancellationToken ct)
    {
        var facts = await events.Read<ICardFact>(StreamOf(cardId), ct);
        return (CardState.Of(facts), facts.Count);
    }

    /// <param name="batch">The batch the chip comes from, when it is new.</param>
    public Task<bool> Append(string cardId, CardState before, long version, IReadOnlyList<ICardFact> facts, EventHeader header, IReadOnlyList<AuditFact> audit, CardBatchMade? batch, CancellationToken ct)
    {
        var after = facts.Aggregate(before, (state, fact) => state.Apply(fact));
        List<StreamAppend> streams = [new(StreamOf(cardId), version, facts)];
        List<SqlStatement> rows = [Row(cardId, after)];
        if (batch is not null)
        {
            streams.Insert(0, new StreamAppend($"card-batch/{batch.BatchId}", 0, [batch]));
            rows.AddRange(batch.ChipSerials.Select(chip => new SqlStatement(
                "insert into cards.chip (chip_serial, card_id, batch_id, made_at) values ($1, $2, $3, $4)", [chip, cardId, batch.BatchId, batch.At.ToUniversalTime()])));
        }
        return events.Append(streams, header, new Appendix(rows, audit, [.. Messages(cardId, version, after, facts)]), ct);
    }

    public async ValueTask<CardHolder?> Holder(string cardId, CardState state, CancellationToken ct)
    {
        if (state.Holder is not { } made || await made.Open<CardHolder>(keys, Place(cardId, "holder"), ct) is not { } holder) return null;
        var purse = state.PurseNumber is { } number ? await number.Open<BoundPurse>(keys, Place(cardId, "purse"), ct) : null;
        return holder with { PurseNo = purse?.PurseNo };
    }

    public async ValueTask<SealedPayload> Seal<T>(string residentId, string cardId, string part, T value, CancellationToken ct) =>
        SealedPayload.Of(await keys.ForResident(residentId, ct), Place(cardId, part), value);

    private static string Place(string cardId, string part) => $"{StreamOf(cardId)}|{part}";

    private static IEnumerable<OutboxMessage> Messages(string cardId, long version, CardState after, IReadOnlyList<ICardFact> facts)
    {
        foreach (var fact in facts)
        {
            version++;
            var id = OutboxMessage.IdOf("card", cardId, version.ToString());
            if (fact is CardActivated) yield return OutboxMessage.Of(new CardIssued(id, fact.At, after.Made!.InstitutionCode, after.Made.DivisionCode, after.Made.ResidentId, after.Purse is not null));
            if (fact is CardLost && after.Purse is not null) yield return OutboxMessage.Block(cardId, fact.At);
        }
    }

    private static SqlStatement Row(string cardId, CardState card) => new(
        """
        insert into cards.card (card_id, resident_id, institution_code, division_code, stage, chip_serial, purse, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (card_id) do update set stage = $5, chip_serial = $6, purse = $7, changed_at = $8
        """,
        [
            cardId, card.Made!.ResidentId, card.Made.InstitutionCode, card.Made.DivisionCode, card.Stage.ToString().ToLowerInvariant(), card.ChipSerial!,
            new Npgsql.NpgsqlParameter { Value = (object?)card.Purse ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid }, card.ChangedAt.ToUniversalTime(),
        ]);
}
