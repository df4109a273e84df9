using System.Globalization;
using System.Text;
using System.Text.Json;
using Health.Cards;
using Health.Contracts;

namespace Health.CardBridge.Issuing.Batches;

/// <summary>
/// Makes cards for the personaliser: per part a file of sealed records (<see cref="PersonalisationFile"/>) and, when lines were refused, a list of them; in the end a
/// manifest with the SM3 of every file. Only files named in the manifest count.
/// </summary>
public sealed class CardMaking(BatchStore store, OrderCheck check, IReadOnlyDictionary<string, Institution> institutions, CardMaking.Keys keys, string division, string folder) : IPartWork
{
    /// <summary>What only the issuer has. <paramref name="Transport"/>: 16 bytes shared with the personaliser.</summary>
    public sealed record Keys(MasterKeys Masters, byte[] Transport, string CityCode);

    private const int ValidYears = 10;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string Kind => BatchCards.Made;

    public IReadOnlyList<string> Columns => CardOrders.Columns;

    public static string FileName(int part) => string.Create(CultureInfo.InvariantCulture, $"part-{part:D5}.mypd");

    public async Task<PartOutcome> Make(BatchPlan plan, OrderPart part, CancellationToken ct)
    {
        var (orders, rejected) = await Accept(plan, part, ct);
        var numbers = await store.ChipNumbers(orders.Count, ct);
        var until = plan.IssuedOn.AddYears(ValidYears);
        List<NewCard> cards = [.. orders.Select((order, i) => new NewCard(order, CardIssuer.ChipSerialOf(division, numbers[i]), until))];
        var sm3 = Write(plan, part.Part, cards);
        WriteRejected(part.Part, rejected);
        return new PartOutcome(cards, rejected, sm3);
    }

    public async Task Verify(BatchPlan plan, StoredPart stored, OrderPart part, CancellationToken ct)
    {
        var path = Path.Combine(folder, FileName(stored.Part));
        if (File.Exists(path) && Sm3.Hex(await File.ReadAllBytesAsync(path, ct)) == stored.FileSm3) return;
        // Damaged or gone: the same orders with the same chips give the same bytes.
        var orders = part.Lines.Select(line => check.Judge(line, imported: false).Order).OfType<AcceptedOrder>().DistinctBy(order => order.CardId).ToDictionary(order => order.CardId);
        var until = plan.IssuedOn.AddYears(ValidYears);
        List<NewCard> cards = [.. (await store.Chips(plan.BatchId, stored.Part, ct)).Select(chip => new NewCard(orders[chip.CardId], chip.ChipSerial, until))];
        if (Write(plan, stored.Part, cards) != stored.FileSm3) throw new InvalidOperationException($"{path} cannot be made again as it was: is the transport key the same?");
    }

    public string Manifest(BatchPlan plan, IReadOnlyList<StoredPart> parts)
    {
        using var rejected = new MemoryStream();
        rejected.Write(RejectedHeader);
        foreach (var part in parts.Where(part => part.Rejected > 0)) rejected.Write(File.ReadAllBytes(RejectedPath(part.Part)).AsSpan(RejectedHeader.Length));
        DurableFile.Replace(Path.Combine(folder, "rejected.csv"), rejected.ToArray());
        var manifest = JsonSerializer.SerializeToUtf8Bytes(new
        {
            profile = "MY-HC/1", plan.BatchId, plan.OrdersSm3, plan.IssuedOn, transportKeyCheck = new TransportKey(keys.Transport).CheckValue,
            cards = parts.Sum(part => (long)part.Cards), rejected = parts.Sum(part => (long)part.Rejected),
            parts = parts.Select(part => new { file = FileName(part.Part), part.Cards, part.Rejected, part.FirstChip, part.LastChip, sm3 = part.FileSm3 }),
        }, Json);
        DurableFile.Replace(Path.Combine(folder, "manifest.json"), manifest);
        var sum = Sm3.Hex(manifest);
        DurableFile.Replace(Path.Combine(folder, "manifest.sm3"), Encoding.ASCII.GetBytes(sum + "\n"));
        return sum;
    }

    private static ReadOnlySpan<byte> RejectedHeader => "line,class,reason\n"u8;

    private async Task<(List<AcceptedOrder> Orders, List<RejectedLine> Rejected)> Accept(BatchPlan plan, OrderPart part, CancellationToken ct)
    {
        List<AcceptedOrder> orders = [];
        List<RejectedLine> rejected = [];
        Dictionary<string, int> lineOf = new(StringComparer.Ordinal);
        foreach (var line in part.Lines)
        {
            var (order, wrong) = check.Judge(line, imported: false);
            if (wrong is not null) rejected.Add(wrong);
            else if (!lineOf.TryAdd(order!.CardId, line.Line)) rejected.Add(new RejectedLine(line.Line, "duplicate", $"the number stands in line {lineOf[order.CardId]}"));
            else orders.Add(order);
        }
        var known = await store.Known(orders.Select(order => order.CardId), ct);
        orders.RemoveAll(order =>
        {
            if (!known.TryGetValue(order.CardId, out var card)) return false;
            rejected.Add(card.BatchId == plan.BatchId
                ? new RejectedLine(order.Order.Line, "duplicate", "the number stands in another part of these orders")
                : new RejectedLine(order.Order.Line, "exists", $"there is a card with chip {card.ChipSerial}"));
            return true;
        });
        rejected.Sort((a, b) => a.Line.CompareTo(b.Line));
        return (orders, rejected);
    }

    private string Write(BatchPlan plan, int part, IReadOnlyList<NewCard> cards)
    {
        var (file, deriver, transport) = (new PersonalisationFile(), new CardKeyDeriver(keys.Masters, keys.CityCode), new TransportKey(keys.Transport));
        file.Start(plan.BatchId, part);
        foreach (var card in cards) file.Add(Personalisation(plan, card), deriver, transport);
        var content = file.Finish();
        DurableFile.Replace(Path.Combine(folder, FileName(part)), content);
        return Sm3.Hex(content);
    }

    private CardPersonalisation Personalisation(BatchPlan plan, NewCard card)
    {
        var (order, number) = (card.Order.Order, card.Order.Number);
        return new CardPersonalisation
        {
            ChipMaker = card.ChipSerial[..4], ChipNo = card.ChipSerial[4..], CardNo = number.Value, IdNumber = number.Value, HolderName = order.Name, Sex = number.Gender == "male" ? (byte)1 : (byte)2,
            BirthDate = number.BirthDate, Nation = order.Nation, IssuerName = CardIssuer.Short(institutions[order.Institution].Name), IssuerCode = keys.CityCode, CityCode = keys.CityCode,
            IssuedOn = plan.IssuedOn, ValidUntil = card.ValidUntil, PurseNo = "",
        };
    }

    private void WriteRejected(int part, List<RejectedLine> rejected)
    {
        var path = RejectedPath(part);
        if (rejected.Count == 0) File.Delete(path);
        else DurableFile.Replace(path, Reports.Csv(rejected));
    }

    private string RejectedPath(int part) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"part-{part:D5}.rejected.csv"));
}

/// <summary>Reports on order lines as CSV: line, class, reason.</summary>
public static class Reports
{
    public static byte[] Csv(IEnumerable<RejectedLine> lines)
    {
        var text = new StringBuilder("line,class,reason\n");
        foreach (var line in lines) text.Append(CultureInfo.InvariantCulture, $"{line.Line},{line.Class},\"{line.Reason.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
