using Health.CardBridge.Log;
using Health.Contracts;
using Marten;
using Npgsql;

namespace Health.CardBridge.Issuing.Batches;

/// <summary>Finds a card that has no stream of its own yet in the part it came with.</summary>
public sealed class BatchCards(NpgsqlDataSource database, IDocumentStore store, IKeyring keys) : IErasureParticipant
{
    /// <summary>A card in its part, opened.</summary>
    public sealed record Found(CardBatchPartMade Part, PartHolder Holder, bool IsPersonalised);

    public const string Imported = "imported", Made = "made";

    public static string StreamOf(string batchId) => $"card-batch/{batchId}";

    public static string StreamOf(string batchId, int part) => $"card-batch/{batchId}/part/{part}";

    /// <summary>Null when the card came with no batch, or its holder was erased.</summary>
    public async Task<Found?> Find(string cardId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "select c.batch_id, c.part, c.place, p.holder_keys, p.personalised_at is not null from cards.card c join cards.batch_part p on p.batch_id = c.batch_id and p.part = c.part where c.card_id = $1");
        command.Parameters.Add(new() { Value = cardId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var (batchId, part, place, block, personalised) = (reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetFieldValue<byte[]>(3), reader.GetBoolean(4));
        await using var session = store.QuerySession();
        var stream = StreamOf(batchId, part);
        var made = (CardBatchPartMade)(await session.Events.FetchStreamAsync(stream, version: 1, token: ct)).Single().Data;
        var holder = HolderBlock.Open(stream, made.Holders, keys.Node.Open(block, KeysPlace(stream)), place);
        return holder is null ? null : new Found(made, PartHolder.Of(holder), personalised || made.Kind == Imported);
    }

    /// <summary>The facts the card's own stream would hold by now. Holder and purse are sealed by the caller, who knows the resident.</summary>
    public static IReadOnlyList<ICardFact> Facts(Found card, string cardId, string residentId, SealedPayload holder, (Guid Blind, SealedPayload Number)? purse)
    {
        var (part, at) = (card.Part, card.Part.At);
        var person = card.Holder;
        List<ICardFact> facts = [new CardPersonalised(at, cardId, residentId, part.BatchId, person.ChipSerial, person.InstitutionCode, person.DivisionCode, person.ValidUntil, holder)];
        if (part.Kind != Imported) return facts;
        if (purse is { } bound) facts.Add(new CardHandedOut(at, person.InstitutionCode, bound.Blind, bound.Number));
        facts.Add(new CardActivated(at));
        if (person.State == "lost") facts.Add(new CardLost(at, Imported));
        if (person.State == "locked") facts.Add(new CardLocked(at, Imported));
        if (person.State == "cancelled") facts.Add(new CardCancelled(at, Imported));
        return facts;
    }

    public byte[] SealKeys(string stream, byte[] keyBlock) => keys.Node.Seal(keyBlock, KeysPlace(stream));

    /// <summary>Blanks the resident's key in the part, and lists the chip: what nobody may be told of, nobody may use.</summary>
    public async ValueTask Erase(System.Data.Common.DbConnection connection, System.Data.Common.DbTransaction transaction, string residentId, IReadOnlyList<Guid> identifiers, CancellationToken ct)
    {
        var (open, turn) = ((NpgsqlConnection)connection, (NpgsqlTransaction)transaction);
        var places = await Places(open, turn, residentId, identifiers, ct);
        foreach (var (batchId, part, place, _) in places)
        {
            var stream = StreamOf(batchId, part);
            await using var read = new NpgsqlCommand("select holder_keys from cards.batch_part where batch_id = $1 and part = $2 for update", open, turn) { Parameters = { new() { Value = batchId }, new() { Value = part } } };
            var block = keys.Node.Open((byte[])(await read.ExecuteScalarAsync(ct))!, KeysPlace(stream));
            HolderBlock.Blank(block, place);
            await using var write = new NpgsqlCommand("update cards.batch_part set holder_keys = $3 where batch_id = $1 and part = $2", open, turn)
            {
                Parameters = { new() { Value = batchId }, new() { Value = part }, new() { Value = SealKeys(stream, block) } },
            };
            await write.ExecuteNonQueryAsync(ct);
        }
        await using var list = new NpgsqlCommand(
            "insert into cards.blocked (list_key, source, since) select unnest($1::bigint[]), 'card', now() on conflict do nothing", open, turn)
        {
            Parameters = { new() { Value = places.Select(place => ListRows.KeyOf(place.Chip)).ToArray() } },
        };
        await list.ExecuteNonQueryAsync(ct);
        await using var forget = new NpgsqlCommand("update cards.card set person = null, holder = null where resident_id = $1 or (resident_id is null and person = any($2))", open, turn)
        {
            Parameters = { new() { Value = residentId }, new() { Value = identifiers.ToArray() } },
        };
        await forget.ExecuteNonQueryAsync(ct);
    }

    private static async Task<List<(string Batch, int Part, int Place, string Chip)>> Places(NpgsqlConnection connection, NpgsqlTransaction transaction, string residentId, IReadOnlyList<Guid> identifiers, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select batch_id, part, place, chip_serial from cards.card where batch_id is not null and (resident_id = $1 or (resident_id is null and person = any($2)))", connection, transaction)
        {
            Parameters = { new() { Value = residentId }, new() { Value = identifiers.ToArray() } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(string, int, int, string)> found = [];
        while (await reader.ReadAsync(ct)) found.Add((reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetString(3)));
        return found;
    }

    private static byte[] KeysPlace(string stream) => System.Text.Encoding.UTF8.GetBytes($"{stream}|keys");
}
