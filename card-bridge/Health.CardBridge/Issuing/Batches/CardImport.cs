using Health.Cards;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Issuing.Batches;

/// <summary>How many lines of an import are what.</summary>
public sealed record ImportReport(long New, long Same, long OtherChip, long OtherHolder, long Duplicate, long Malformed)
{
    public long Lines => New + Same + OtherChip + OtherHolder + Duplicate + Malformed;
}

/// <summary>
/// Takes in cards that were issued elsewhere and are in their holders' hands: same parts, same events, no files for a personaliser. Only what is new is taken; the rest is
/// reported line by line: <c>same</c> (counted), <c>other-chip</c> (the number has another chip here, or the chip or purse another card), <c>other-holder</c>, <c>duplicate</c>, <c>malformed</c>.
/// </summary>
public sealed class CardImport(BatchStore store, OrderCheck check, NpgsqlDataSource database, IKeyring keys, string folder) : IPartWork
{
    public const string Same = "same", OtherChip = "other-chip", OtherHolder = "other-holder", Duplicate = "duplicate";

    public string Kind => BatchCards.Imported;

    public IReadOnlyList<string> Columns => CardOrders.ImportColumns;

    /// <summary>Reads all lines, changes nothing, and writes what is not simply new into <c>reconciliation.csv</c> of the folder.</summary>
    public async Task<ImportReport> DryRun(string ordersFile, int partSize, Action<long> progress, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        await using var orders = File.OpenRead(ordersFile);
        var path = Path.Combine(folder, "reconciliation.csv");
        Dictionary<string, long> counts = [];
        // Across parts a line is known by its number or chip alone: 8 bytes each.
        HashSet<ulong> seen = [];
        await using (var report = new FileStream(path + ".new", FileMode.Create))
        {
            await report.WriteAsync("line,class,reason\n"u8.ToArray(), ct);
            foreach (var part in CardOrders.Read(orders, partSize, Columns))
            {
                var (fresh, others) = await Sort(null, part, ct);
                foreach (var card in fresh)
                {
                    // Not short-circuited: both names are remembered.
                    if (seen.Add(BlacklistKey.OfChip(card.Order.Number.Value)) & seen.Add(BlacklistKey.OfChip(card.ChipSerial))) Count("new");
                    else others.Add(new RejectedLine(card.Order.Order.Line, Duplicate, "number or chip stands in an earlier line"));
                }
                foreach (var line in others) Count(line.Class);
                await report.WriteAsync(Reports.Csv(others).AsMemory("line,class,reason\n".Length), ct);
                progress(part.Lines.Count);
            }
        }
        File.Move(path + ".new", path, overwrite: true);
        long Of(string name) => counts.GetValueOrDefault(name);
        return new ImportReport(Of("new"), Of(Same), Of(OtherChip), Of(OtherHolder), Of(Duplicate), Of("malformed"));

        void Count(string name) => counts[name] = counts.GetValueOrDefault(name) + 1;
    }

    public async Task<PartOutcome> Make(BatchPlan plan, OrderPart part, CancellationToken ct)
    {
        var (cards, others) = await Sort(plan, part, ct);
        return new PartOutcome(cards, others, "");
    }

    // Nothing stands on disk for an import.
    public Task Verify(BatchPlan plan, StoredPart stored, OrderPart part, CancellationToken ct) => Task.CompletedTask;

    public string Manifest(BatchPlan plan, IReadOnlyList<StoredPart> parts) =>
        Sm3.Hex(System.Text.Encoding.ASCII.GetBytes(string.Join('\n', parts.Select(part => $"{part.Part},{part.Cards},{part.Rejected},{part.FirstChip},{part.LastChip}"))));

    private async Task<(List<NewCard> Fresh, List<RejectedLine> Others)> Sort(BatchPlan? plan, OrderPart part, CancellationToken ct)
    {
        List<NewCard> fresh = [];
        List<RejectedLine> others = [];
        HashSet<string> cards = new(StringComparer.Ordinal), chips = new(StringComparer.Ordinal), purses = new(StringComparer.Ordinal);
        var judged = part.Lines.Select(line => check.Judge(line, imported: true)).ToList();
        List<AcceptedOrder> orders = [.. judged.Select(one => one.Order).OfType<AcceptedOrder>()];
        others.AddRange(judged.Select(one => one.Rejected).OfType<RejectedLine>());
        var known = await store.Known(orders.Select(order => order.CardId), ct);
        var owners = await store.ChipOwners(orders.Select(order => order.Order.ChipSerial), ct);
        var bound = await PurseOwners(orders, ct);
        foreach (var order in orders)
        {
            var line = order.Order;
            if (Compare(plan, order, known.GetValueOrDefault(order.CardId), owners.GetValueOrDefault(line.ChipSerial), bound.GetValueOrDefault(line.PurseNo)) is { } other) others.Add(other);
            else if (!cards.Add(order.CardId) | !chips.Add(line.ChipSerial) | (line.PurseNo.Length > 0 && !purses.Add(line.PurseNo)))
                others.Add(new RejectedLine(line.Line, Duplicate, "number, chip or purse stands in an earlier line"));
            else fresh.Add(new NewCard(order, line.ChipSerial, OrderCheck.DayOf(line.ValidUntil) ?? DateOnly.MaxValue));
        }
        others.Sort((a, b) => a.Line.CompareTo(b.Line));
        return (fresh, others);
    }

    private static RejectedLine? Compare(BatchPlan? plan, AcceptedOrder order, KnownCard? known, string? chipOwner, string? purseOwner)
    {
        var (line, chip) = (order.Order.Line, order.Order.ChipSerial);
        if (known is not null && plan is not null && known.BatchId == plan.BatchId) return new RejectedLine(line, Duplicate, "the number stands in another part of this file");
        if (known is not null && known.ChipSerial != chip) return new RejectedLine(line, OtherChip, $"the number has chip {known.ChipSerial} here");
        if (known is not null) return known.Holder is { } name && name != order.Holder ? new RejectedLine(line, OtherHolder, "the card is here under another name") : new RejectedLine(line, Same, "known as it is");
        if (chipOwner is not null) return new RejectedLine(line, OtherChip, "the chip belongs to another card here");
        return purseOwner is not null && purseOwner != order.CardId ? new RejectedLine(line, OtherChip, "the purse belongs to another card here") : null;
    }

    private async Task<Dictionary<string, string>> PurseOwners(List<AcceptedOrder> orders, CancellationToken ct)
    {
        Dictionary<Guid, string> numbers = [];
        foreach (var order in orders.Where(order => order.Order.PurseNo.Length > 0)) numbers[keys.Blind(IdentifierSystems.CityCard, order.Order.PurseNo)] = order.Order.PurseNo;
        Dictionary<string, string> found = [];
        if (numbers.Count == 0) return found;
        await using var command = database.CreateCommand("select purse, card_id from cards.card where purse = any($1)");
        command.Parameters.Add(new() { Value = numbers.Keys.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) found[numbers[reader.GetGuid(0)]] = reader.GetString(1);
        return found;
    }
}
