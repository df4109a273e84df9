using Health.CardBridge.Issuing.Batches;
using Health.CardBridge.Log;
using Health.Cards;
using Health.Contracts;

namespace Health.CardBridge.Issuing;

/// <summary>The streams of cards. A stream is named by a derived id, since the card number is the resident ID number.</summary>
public sealed class CardLog(EventWriter events, BatchCards parts, IResidentIndex residents, IKeyring keys)
{
    public string IdOf(string cardNo) => keys.DeriveId("Card", IdentifierSystems.HealthCard, cardNo);

    public static string StreamOf(string cardId) => $"card/{cardId}";

    public async Task<(CardState State, long Version)> Load(string cardId, CancellationToken ct)
    {
        var facts = await events.Read<ICardFact>(StreamOf(cardId), ct);
        if (facts.Count > 0) return (CardState.Of(facts), facts.Count);
        return await parts.Find(cardId, ct) is { } found ? (OfPart(cardId, found), 0) : (CardState.Empty, 0);
    }

    /// <summary>The same for whoever is about to act on the card: a card of a batch gets its own stream here, sealed under its resident's key. One that is
    /// still with the personaliser does not: nothing can be done to it yet.</summary>
    public async Task<(CardState State, long Version)> Begin(string cardId, EventHeader header, CancellationToken ct)
    {
        while (true)
        {
            var (state, version) = await Load(cardId, ct);
            if (!state.IsOfPart || state.Stage == CardStage.Made || await parts.Find(cardId, ct) is not { } found) return (state, version);
            var resident = await ResidentOf(found.Holder, header, ct);
            var purseNo = found.Holder.PurseNo;
            (Guid, SealedPayload)? purse = purseNo.Length == 0 ? null : (keys.Blind(IdentifierSystems.CityCard, purseNo), await Seal(resident, cardId, "purse", new BoundPurse(purseNo), ct));
            var holder = await Seal(resident, cardId, "holder", found.Holder.ToHolder(), ct);
            // False when another call was first: its stream is the card's.
            await Append(cardId, CardState.Empty, 0, BatchCards.Facts(found, cardId, resident, holder, purse), header, [], null, ct);
        }
    }

    /// <param name="batch">The batch the chip comes from, when it is new.</param>
    public Task<bool> Append(string cardId, CardState before, long version, IReadOnlyList<ICardFact> facts, EventHeader header, IReadOnlyList<AuditFact> audit, CardBatchMade? batch, CancellationToken ct)
    {
        var after = facts.Aggregate(before, (state, fact) => state.Apply(fact));
        List<StreamAppend> streams = [new(StreamOf(cardId), version, facts)];
        List<SqlStatement> rows = [Row(cardId, after), .. ListRows.Of(before, facts)];
        if (batch is not null)
        {
            streams.Insert(0, new StreamAppend($"card-batch/{batch.BatchId}", 0, [batch]));
            rows.AddRange(batch.ChipSerials.Select(chip => new SqlStatement(
                "insert into cards.chip (chip_serial, card_id, batch_id, made_at) values ($1, $2, $3, $4)", [chip, cardId, batch.BatchId, batch.At.ToUniversalTime()])));
        }
        return events.Append(streams, header, new Appendix(rows, audit, [.. Messages(cardId, version, before, facts)]), ct);
    }

    public async ValueTask<CardHolder?> Holder(string cardId, CardState state, CancellationToken ct)
    {
        if (state.IsOfPart) return await parts.Find(cardId, ct) is { } found ? found.Holder.ToHolder() with { PurseNo = found.Holder.PurseNo is { Length: > 0 } number ? number : null } : null;
        if (state.Holder is not { } made || await made.Open<CardHolder>(keys, Place(cardId, "holder"), ct) is not { } holder) return null;
        var purse = state.PurseNumber is { } sealedNumber ? await sealedNumber.Open<BoundPurse>(keys, Place(cardId, "purse"), ct) : null;
        return holder with { PurseNo = purse?.PurseNo };
    }

    public async ValueTask<SealedPayload> Seal<T>(string residentId, string cardId, string part, T value, CancellationToken ct) =>
        SealedPayload.Of(await keys.ForResident(residentId, ct), Place(cardId, part), value);

    private static string Place(string cardId, string part) => $"{StreamOf(cardId)}|{part}";

    /// <summary>The number of a purse that was bound to this card.</summary>
    public async ValueTask<string?> PurseNo(string cardId, SealedPayload number, CancellationToken ct) => (await number.Open<BoundPurse>(keys, Place(cardId, "purse"), ct))?.PurseNo;

    private static IEnumerable<OutboxMessage> Messages(string cardId, long version, CardState before, IReadOnlyList<ICardFact> facts)
    {
        foreach (var fact in facts)
        {
            version++;
            var after = before.Apply(fact);
            var id = OutboxMessage.IdOf("card", cardId, version.ToString());
            if (fact is CardActivated) yield return OutboxMessage.Of(new CardIssued(id, fact.At, after.Made!.InstitutionCode, after.Made.DivisionCode, after.Made.ResidentId, after.Purse is not null));
            if (fact is CardLost or CardFound or CardLocked or CardUnlocked or CardCancelled && after.Purse is not null) yield return OutboxMessage.Block(cardId, version, fact.At);
            if (fact is CardReplaced && before.PurseNumber is { } old) yield return OutboxMessage.BlockOld(cardId, version, old, fact.At);
            before = after;
        }
    }

    private CardState OfPart(string cardId, BatchCards.Found found)
    {
        var unsealed = new SealedPayload("", []);
        var purse = found.Holder.PurseNo;
        var facts = BatchCards.Facts(found, cardId, "", unsealed, purse.Length == 0 ? null : (keys.Blind(IdentifierSystems.CityCard, purse), unsealed));
        var state = CardState.Of(facts) with { IsOfPart = true };
        return found.IsPersonalised ? state : state with { Stage = CardStage.Made };
    }

    private async ValueTask<string> ResidentOf(PartHolder holder, EventHeader header, CancellationToken ct)
    {
        if (await residents.Find(new PersonIdentifier(IdentifierSystems.ResidentId, holder.IdNumber), ct) is { } known) return known;
        var local = IdentifierSystems.LocalPatient(holder.InstitutionCode);
        var person = holder.ToHolder();
        var identity = new PatientIdentity(
            keys.DeriveId("Patient", local, person.CardNo), holder.InstitutionCode,
            [new(local, person.CardNo), new(IdentifierSystems.ResidentId, person.IdNumber), new(IdentifierSystems.HealthCard, person.CardNo)], person.Name, person.Gender, person.BirthDate);
        return (await residents.Identify(identity, header, ct)).ResidentId;
    }

    private static SqlStatement Row(string cardId, CardState card) => new(
        """
        insert into cards.card (card_id, resident_id, institution_code, division_code, stage, chip_serial, purse, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (card_id) do update set resident_id = $2, stage = $5, chip_serial = $6, purse = $7, changed_at = $8
        """,
        [
            cardId, card.Made!.ResidentId, card.Made.InstitutionCode, card.Made.DivisionCode, card.Stage.ToString().ToLowerInvariant(), card.ChipSerial!,
            new Npgsql.NpgsqlParameter { Value = (object?)card.Purse ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid }, card.ChangedAt.ToUniversalTime(),
        ]);
}
