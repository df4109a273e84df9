using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Health.Simulators.CityCard;

/// <summary>The city-card company: purses, bindings, verified debits, refunds, blacklist, clearing. A journal of commands rebuilds it after a restart.</summary>
public sealed class Operator
{
    private sealed record Purse(string PurseNo, string ChipSerial, string HealthCard);
    private sealed record Debit(TerminalTransaction Transaction, bool Accepted, string? Reason);
    private sealed record Line(string Operation, JsonElement Body, string? Day = null);

    private readonly Lock turn = new();
    private readonly string? file;
    private readonly Keys keys;
    private readonly Dictionary<string, Purse> purses = [];
    private readonly Dictionary<string, Debit> debits = [];
    private readonly Dictionary<string, RefundRequest> refunds = [];

    /// <summary>Day in China on which each refund was booked, yyyyMMdd.</summary>
    private readonly Dictionary<string, string> refundDays = [];
    private readonly SortedSet<string> blocked = new(StringComparer.Ordinal);
    private int blacklistVersion;

    public Operator(string? file, Keys keys)
    {
        this.keys = keys;
        if (file is not null && File.Exists(file))
            foreach (var text in File.ReadLines(file).Where(text => text.EndsWith('}')))
                Replay(JsonSerializer.Deserialize<Line>(text)!);
        this.file = file;
    }

    /// <summary>The purse number, or the reason why not. The same binding again gives the same purse.</summary>
    public (string? PurseNo, string? Conflict) Bind(BindingRequest request)
    {
        lock (turn)
        {
            if (purses.Values.FirstOrDefault(p => p.ChipSerial == request.ChipSerial) is { } known)
                return known.HealthCard == request.HealthCard && (request.PurseNo ?? known.PurseNo) == known.PurseNo
                    ? (known.PurseNo, null) : (null, "the chip is bound otherwise");
            var number = request.PurseNo ?? $"5107{purses.Count + 1:D12}";
            if (purses.ContainsKey(number)) return (null, "the purse is bound to another card");
            Write("bindings", request with { PurseNo = number });
            purses[number] = new Purse(number, request.ChipSerial, request.HealthCard);
            return (number, null);
        }
    }

    public TransactionResult Take(TerminalTransaction transaction)
    {
        lock (turn)
        {
            if (debits.TryGetValue(transaction.Key, out var known))
                return known.Transaction != transaction ? new(transaction.Key, "rejected", "another debit has this key")
                    : known.Accepted ? new(transaction.Key, "duplicate", null) : new(transaction.Key, "rejected", known.Reason);
            Write("transactions", transaction);
            var reason = Judge(transaction);
            debits[transaction.Key] = new Debit(transaction, reason is null, reason);
            return new(transaction.Key, reason is null ? "accepted" : "rejected", reason);
        }
    }

    /// <summary>Null when taken (again), else the reason.</summary>
    /// <param name="day">Day in China, yyyyMMdd.</param>
    public string? Refund(RefundRequest request, string day)
    {
        lock (turn)
        {
            if (refunds.TryGetValue(request.RefundId, out var known)) return known == request ? null : "another refund has this id";
            if (!debits.TryGetValue(request.OriginalKey, out var debit) || !debit.Accepted || debit.Transaction.PurseNo != request.PurseNo) return "no such debit";
            if (request.AmountFen <= 0 || refunds.Values.Where(r => r.OriginalKey == request.OriginalKey).Sum(r => r.AmountFen) + request.AmountFen > debit.Transaction.AmountFen)
                return "more than was debited";
            Write("refunds", request, day);
            refunds[request.RefundId] = request;
            refundDays[request.RefundId] = day;
            return null;
        }
    }

    public void Block(BlacklistChange change)
    {
        lock (turn)
        {
            Write("blacklist", change);
            if (change.Blocked ? blocked.Add(change.PurseNo) : blocked.Remove(change.PurseNo)) blacklistVersion++;
        }
    }

    public bool IsBlocked(string purseNo)
    {
        lock (turn) return blocked.Contains(purseNo);
    }

    public object Blacklist(DateTimeOffset now)
    {
        lock (turn) return new { version = blacklistVersion, issuedAt = now, purses = blocked.ToArray() };
    }

    /// <summary>The clearing file of a day: one line per accepted debit, one with a negative amount per refund, a trailer with count and sum.</summary>
    public string Clearing(string day)
    {
        lock (turn)
        {
            var ours = debits.Values.Where(d => d.Accepted && d.Transaction.Date == day).Select(d => d.Transaction).OrderBy(t => t.Key, StringComparer.Ordinal).ToList();
            var back = refunds.Values.Where(r => refundDays[r.RefundId] == day).OrderBy(r => r.RefundId, StringComparer.Ordinal).ToList();
            var text = new StringBuilder("purse_no,chip_serial,card_seq,terminal_no,term_seq,amount_fen,date,time,tac,refund_id\n");
            foreach (var t in ours) text.Append(CultureInfo.InvariantCulture, $"{t.PurseNo},{t.ChipSerial},{t.CardSeq},{t.TerminalNo},{t.TermSeq},{t.AmountFen},{t.Date},{t.Time},{t.Tac},\n");
            foreach (var r in back)
            {
                var t = debits[r.OriginalKey].Transaction;
                text.Append(CultureInfo.InvariantCulture, $"{t.PurseNo},{t.ChipSerial},{t.CardSeq},{t.TerminalNo},{t.TermSeq},{-r.AmountFen},{day},000000,,{r.RefundId}\n");
            }
            return text.Append(CultureInfo.InvariantCulture, $"#,{ours.Count + back.Count},{ours.Sum(t => t.AmountFen) - back.Sum(r => r.AmountFen)}\n").ToString();
        }
    }

    public JsonObject Ledger()
    {
        lock (turn)
            return new JsonObject
            {
                ["purses"] = new JsonArray([.. purses.Values.Select(p => JsonSerializer.SerializeToNode(p, JsonSerializerOptions.Web))]),
                ["debits"] = new JsonArray([.. debits.Values.Select(d => JsonSerializer.SerializeToNode(d, JsonSerializerOptions.Web))]),
                ["refunds"] = new JsonArray([.. refunds.Values.Select(r => JsonSerializer.SerializeToNode(r, JsonSerializerOptions.Web))]),
                ["debitedFen"] = debits.Values.Where(d => d.Accepted).Sum(d => d.Transaction.AmountFen),
                ["refundedFen"] = refunds.Values.Sum(r => r.AmountFen),
            };
    }

    private string? Judge(TerminalTransaction t)
    {
        if (!purses.TryGetValue(t.PurseNo, out var purse)) return "unknown purse";
        if (purse.ChipSerial != t.ChipSerial) return "purse and chip do not belong together";
        if (t.AmountFen is <= 0 or > int.MaxValue) return "amount out of range";
        if (t.Type != "06" || !Digits(t.PurseNo, 16) || !Digits(t.TerminalNo, 12) || !Digits(t.Date, 8) || !Digits(t.Time, 6)) return "malformed";
        return string.Equals(keys.Tac(t), t.Tac, StringComparison.OrdinalIgnoreCase) ? null : "TAC does not verify";
    }

    private static bool Digits(string text, int length) => text.Length == length && text.All(char.IsAsciiDigit);

    private void Replay(Line line)
    {
        switch (line.Operation)
        {
            case "bindings": Bind(line.Body.Deserialize<BindingRequest>()!); break;
            case "transactions": Take(line.Body.Deserialize<TerminalTransaction>()!); break;
            case "refunds": Refund(line.Body.Deserialize<RefundRequest>()!, line.Day ?? ""); break;
            case "blacklist": Block(line.Body.Deserialize<BlacklistChange>()!); break;
        }
    }

    private void Write<T>(string operation, T body, string? day = null)
    {
        if (file is not null) File.AppendAllText(file, JsonSerializer.Serialize(new Line(operation, JsonSerializer.SerializeToElement(body), day)) + "\n");
    }
}
