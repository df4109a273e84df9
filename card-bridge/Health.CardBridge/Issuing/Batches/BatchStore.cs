using Health.CardBridge.Log;
using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.CardBridge.Issuing.Batches;

/// <summary>A batch as it was opened. The same orders with the same part size give the same parts.</summary>
public sealed record BatchPlan(string BatchId, string Kind, string OrdersSm3, int PartSize, DateOnly IssuedOn);

/// <summary>A part that is committed.</summary>
public sealed record StoredPart(int Part, int Cards, int Rejected, string FirstChip, string LastChip, string FileSm3);

/// <summary>A card of a part about to be committed; its place is its index.</summary>
public sealed record NewCard(AcceptedOrder Order, string ChipSerial, DateOnly ValidUntil);

/// <summary>What is already here under the same card or the same chip.</summary>
public sealed record KnownCard(string CardId, string ChipSerial, Guid? Holder, string? BatchId);

/// <summary>Tables and events of batches.</summary>
public sealed class BatchStore(NpgsqlDataSource database, EventWriter events, BatchCards parts, IKeyring keys, TimeProvider clock)
{
    public async Task<(BatchPlan Plan, string? Manifest)?> Find(string batchId, CancellationToken ct)
    {
        await using var command = Command("select batch_id, kind, orders_sm3, part_size, issued_on, manifest_sm3 from cards.batch where batch_id = $1", batchId);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? (new BatchPlan(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetFieldValue<DateOnly>(4)), reader.IsDBNull(5) ? null : reader.GetString(5))
            : null;
    }

    public async Task Open(BatchPlan plan, CancellationToken ct)
    {
        await using var command = Command(
            "insert into cards.batch (batch_id, kind, orders_sm3, part_size, issued_on, opened_at) values ($1, $2, $3, $4, $5, $6)",
            plan.BatchId, plan.Kind, plan.OrdersSm3, plan.PartSize, plan.IssuedOn, clock.GetUtcNow());
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task<Dictionary<int, StoredPart>> Parts(string batchId, CancellationToken ct)
    {
        await using var command = Command("select part, cards, rejected, first_chip, last_chip, file_sm3 from cards.batch_part where batch_id = $1 order by part", batchId);
        await using var reader = await command.ExecuteReaderAsync(ct);
        Dictionary<int, StoredPart> found = [];
        while (await reader.ReadAsync(ct))
            found[reader.GetInt32(0)] = new StoredPart(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetString(3), reader.GetString(4), reader.GetString(5));
        return found;
    }

    /// <summary>The cards here that have one of these ids.</summary>
    public async Task<Dictionary<string, KnownCard>> Known(IEnumerable<string> cardIds, CancellationToken ct)
    {
        await using var command = Command("select card_id, chip_serial, holder, batch_id from cards.card where card_id = any($1)", (object)cardIds.ToArray());
        await using var reader = await command.ExecuteReaderAsync(ct);
        Dictionary<string, KnownCard> found = [];
        while (await reader.ReadAsync(ct))
            found[reader.GetString(0)] = new KnownCard(reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetGuid(2), reader.IsDBNull(3) ? null : reader.GetString(3));
        return found;
    }

    /// <summary>Whose these chips are: card id by serial.</summary>
    public async Task<Dictionary<string, string>> ChipOwners(IEnumerable<string> chipSerials, CancellationToken ct)
    {
        await using var command = Command("select chip_serial, card_id from cards.chip where chip_serial = any($1)", (object)chipSerials.ToArray());
        await using var reader = await command.ExecuteReaderAsync(ct);
        Dictionary<string, string> found = [];
        while (await reader.ReadAsync(ct)) found[reader.GetString(0)] = reader.GetString(1);
        return found;
    }

    /// <summary>Numbers no other call gets. A kill loses them: a serial may be skipped, never given twice.</summary>
    public async Task<long[]> ChipNumbers(int count, CancellationToken ct)
    {
        await using var command = Command("select array_agg(n order by n) from (select nextval('cards.chip_seq') as n from generate_series(1, $1)) as drawn", count);
        return count == 0 ? [] : (long[])(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The chips of a committed part in the order of their places.</summary>
    public async Task<IReadOnlyList<(string CardId, string ChipSerial)>> Chips(string batchId, int part, CancellationToken ct)
    {
        await using var command = Command(
            "select c.card_id, h.chip_serial from cards.card c join cards.chip h on h.card_id = c.card_id and h.batch_id = c.batch_id where c.batch_id = $1 and c.part = $2 order by c.place", batchId, part);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(string, string)> found = [];
        while (await reader.ReadAsync(ct)) found.Add((reader.GetString(0), reader.GetString(1)));
        return found;
    }

    /// <summary>
    /// Event, rows and keys of a part in one transaction. False when the part was committed before.
    /// </summary>
    /// <exception cref="PostgresException">23505: a card or a chip came in from elsewhere since it was checked.</exception>
    public async Task<bool> Commit(BatchPlan plan, OrderPart part, IReadOnlyList<NewCard> cards, int rejected, string fileSm3, EventHeader header, CancellationToken ct)
    {
        var stream = BatchCards.StreamOf(plan.BatchId, part.Part);
        var at = clock.GetUtcNow();
        var (block, holderKeys) = HolderBlock.Seal(stream, [.. cards.Select(card => HolderOf(card).ToBytes())]);
        var (first, last) = cards.Count == 0 ? ("", "") : (cards.Min(card => card.ChipSerial)!, cards.Max(card => card.ChipSerial)!);
        var made = new CardBatchPartMade(at, plan.BatchId, part.Part, plan.Kind, part.FirstLine, cards.Count, rejected, first, last, fileSm3, plan.IssuedOn, block);
        var row = new SqlStatement(
            "insert into cards.batch_part (batch_id, part, first_line, cards, rejected, first_chip, last_chip, file_sm3, holder_keys, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            [plan.BatchId, part.Part, part.FirstLine, cards.Count, rejected, first, last, fileSm3, parts.SealKeys(stream, holderKeys), at]);
        long[] listed = [.. cards.Where(card => card.Order.Order.State is "lost" or "locked" or "cancelled").Select(card => ListRows.KeyOf(card.ChipSerial))];
        var blocked = new SqlStatement("insert into cards.blocked (list_key, source, since) select unnest($1::bigint[]), 'card', $2 on conflict do nothing", [listed, at]);
        var appendix = new Appendix(listed.Length == 0 ? [row] : [row, blocked], [], []) { Bulk = (connection, stop) => Copy(connection, plan, part.Part, cards, at, stop) };
        return await events.Append([new StreamAppend(stream, 0, [made])], header, appendix, ct);
    }

    public Task<bool> Close(BatchPlan plan, IReadOnlyCollection<StoredPart> all, string manifestSm3, EventHeader header, CancellationToken ct)
    {
        var at = clock.GetUtcNow();
        var closed = new CardBatchClosed(at, plan.BatchId, plan.Kind, plan.OrdersSm3, all.Count, all.Sum(part => (long)part.Cards), all.Sum(part => (long)part.Rejected), manifestSm3);
        var row = new SqlStatement("update cards.batch set closed_at = $2, manifest_sm3 = $3 where batch_id = $1", [plan.BatchId, at, manifestSm3]);
        return events.Append([new StreamAppend(BatchCards.StreamOf(plan.BatchId), 0, [closed])], header, new Appendix([row], [], []), ct);
    }

    /// <summary>The personaliser returned the chips. Null when it is so (now or before), else why not.</summary>
    public async Task<Refusal?> Personalised(string batchId, int part, EventHeader header, CancellationToken ct)
    {
        if (!(await Parts(batchId, ct)).ContainsKey(part)) return Refusal.NotFound("There is no such part of a batch.");
        var at = clock.GetUtcNow();
        var row = new SqlStatement("update cards.batch_part set personalised_at = $3 where batch_id = $1 and part = $2", [batchId, part, at]);
        var cards = new SqlStatement("update cards.card set stage = 'personalised', changed_at = $3 where batch_id = $1 and part = $2 and stage = 'made'", [batchId, part, at]);
        // False: the part has a second fact already, which is this one.
        await events.Append([new StreamAppend(BatchCards.StreamOf(batchId, part), 1, [new CardBatchPartPersonalised(at, batchId, part)])], header, new Appendix([row, cards], [], []), ct);
        return null;
    }

    /// <summary>One run of a batch at a time, across processes; released when disposed, or with the process. Null when another runs.</summary>
    public async Task<IAsyncDisposable?> Lock(string batchId, CancellationToken ct)
    {
        var connection = await database.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 5107))", connection) { Parameters = { new() { Value = batchId } } };
        if ((bool)(await command.ExecuteScalarAsync(ct))!) return new Turn(connection, batchId);
        await connection.DisposeAsync();
        return null;
    }

    // A connection goes back to the pool with its session's locks: they are given up by name.
    private sealed class Turn(NpgsqlConnection connection, string batchId) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await using (var command = new NpgsqlCommand("select pg_advisory_unlock(hashtextextended($1, 5107))", connection) { Parameters = { new() { Value = batchId } } }) await command.ExecuteScalarAsync();
            await connection.DisposeAsync();
        }
    }

    private static PartHolder HolderOf(NewCard card)
    {
        var order = card.Order.Order;
        return new PartHolder(card.Order.Number.Value, order.Name, order.Nation, card.ChipSerial, order.Institution, order.Division, card.ValidUntil, order.PurseNo, order.State);
    }

    private async Task Copy(NpgsqlConnection connection, BatchPlan plan, int part, IReadOnlyList<NewCard> cards, DateTimeOffset at, CancellationToken ct)
    {
        const string Card = "copy cards.card (card_id, institution_code, division_code, stage, chip_serial, purse, changed_at, batch_id, part, place, person, holder) from stdin (format binary)";
        await using (var writer = await connection.BeginBinaryImportAsync(Card, ct))
        {
            for (var place = 0; place < cards.Count; place++)
            {
                var (card, order) = (cards[place], cards[place].Order.Order);
                await writer.StartRowAsync(ct);
                await writer.WriteAsync(card.Order.CardId, ct);
                await writer.WriteAsync(order.Institution, ct);
                await writer.WriteAsync(order.Division, ct);
                await writer.WriteAsync(plan.Kind == BatchCards.Made ? "made" : order.State is { Length: > 0 } state ? state : "active", ct);
                await writer.WriteAsync(card.ChipSerial, ct);
                if (order.PurseNo.Length > 0) await writer.WriteAsync(keys.Blind(IdentifierSystems.CityCard, order.PurseNo), NpgsqlDbType.Uuid, ct);
                else await writer.WriteNullAsync(ct);
                await writer.WriteAsync(at, NpgsqlDbType.TimestampTz, ct);
                await writer.WriteAsync(plan.BatchId, ct);
                await writer.WriteAsync(part, ct);
                await writer.WriteAsync(place, ct);
                await writer.WriteAsync(card.Order.Person, NpgsqlDbType.Uuid, ct);
                await writer.WriteAsync(card.Order.Holder, NpgsqlDbType.Uuid, ct);
            }
            await writer.CompleteAsync(ct);
        }
        await using var chips = await connection.BeginBinaryImportAsync("copy cards.chip (chip_serial, card_id, batch_id, made_at) from stdin (format binary)", ct);
        foreach (var card in cards)
        {
            await chips.StartRowAsync(ct);
            await chips.WriteAsync(card.ChipSerial, ct);
            await chips.WriteAsync(card.Order.CardId, ct);
            await chips.WriteAsync(plan.BatchId, ct);
            await chips.WriteAsync(at, NpgsqlDbType.TimestampTz, ct);
        }
        await chips.CompleteAsync(ct);
    }

    private NpgsqlCommand Command(string text, params ReadOnlySpan<object> values)
    {
        var command = database.CreateCommand(text);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
