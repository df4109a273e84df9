using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Health.Simulators.Hospital.Receipts;

/// <summary>A receipt as the platform books it. <c>TotalFen</c> is negative for a red one, which names the receipt it undoes.</summary>
public sealed record ReceiptRequest(string ReceiptNo, string VisitNo, string InstitutionCode, long TotalFen, string? OriginalNo);

/// <summary>What goes wrong next. Mode: <c>delay</c>, <c>lose-answer</c> (booked, no answer), <c>error</c> (500, not booked), <c>duplicate</c> (delivered twice).</summary>
/// <param name="Match">Applies only to receipts whose number holds this.</param>
public sealed record ReceiptFault(string Mode, int Count = 1, int Milliseconds = 0, string? Match = null);

/// <summary>The receipts of the hospital's system, each booked once by its number. A journal rebuilds them after a restart.</summary>
public sealed class ReceiptBook
{
    private sealed record Line(DateTimeOffset PostedAt, ReceiptRequest Receipt);

    public static readonly string[] Modes = ["delay", "lose-answer", "error", "duplicate"];

    private readonly Lock turn = new();
    private readonly string? file;
    private readonly Dictionary<string, Line> receipts = [];
    private readonly List<ReceiptFault> planned = [];

    public ReceiptBook(string? file)
    {
        if (file is not null && File.Exists(file))
            foreach (var line in File.ReadLines(file).Where(text => text.EndsWith('}')).Select(text => JsonSerializer.Deserialize<Line>(text)!))
                receipts[line.Receipt.ReceiptNo] = line;
        this.file = file;
    }

    /// <summary>Null when booked (again), else the reason.</summary>
    public string? Book(ReceiptRequest receipt, DateTimeOffset now)
    {
        lock (turn)
        {
            if (receipts.TryGetValue(receipt.ReceiptNo, out var known)) return known.Receipt == receipt ? null : "another receipt has this number";
            if (receipt.TotalFen < 0 && (receipt.OriginalNo is null || !receipts.TryGetValue(receipt.OriginalNo, out var original) || original.Receipt.TotalFen != -receipt.TotalFen)) return "no receipt of that amount to undo";
            var line = new Line(now, receipt);
            if (file is not null) File.AppendAllText(file, JsonSerializer.Serialize(line) + "\n");
            receipts[receipt.ReceiptNo] = line;
            return null;
        }
    }

    /// <summary>The ledger as CSV: of a day in China (yyyy-MM-dd) and of an institution, each when given.</summary>
    public string Ledger(string? day, string? institutionCode)
    {
        lock (turn)
        {
            var text = new StringBuilder("receipt_no,visit_no,total_fen,kind,posted_at,institution_code\n");
            foreach (var (at, receipt) in receipts.Values.Select(line => (line.PostedAt.ToOffset(TimeSpan.FromHours(8)), line.Receipt)).OrderBy(pair => pair.Receipt.ReceiptNo, StringComparer.Ordinal))
            {
                if (day is not null && at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) != day) continue;
                if (institutionCode is not null && receipt.InstitutionCode != institutionCode) continue;
                text.Append(CultureInfo.InvariantCulture, $"{receipt.ReceiptNo},{receipt.VisitNo},{receipt.TotalFen},{(receipt.TotalFen < 0 ? "refund" : "charge")},{at:yyyy-MM-ddTHH:mm:sszzz},{receipt.InstitutionCode}\n");
            }
            return text.ToString();
        }
    }

    public void Plan(ReceiptFault fault)
    {
        lock (turn) planned.Add(fault);
    }

    public ReceiptFault[] Left()
    {
        lock (turn) return [.. planned];
    }

    public void Clear()
    {
        lock (turn) planned.Clear();
    }

    public ReceiptFault? Take(string receiptNo)
    {
        lock (turn)
        {
            var index = planned.FindIndex(fault => fault.Match is null || receiptNo.Contains(fault.Match, StringComparison.Ordinal));
            if (index < 0) return null;
            var fault = planned[index];
            if (fault.Count > 1) planned[index] = fault with { Count = fault.Count - 1 };
            else planned.RemoveAt(index);
            return fault;
        }
    }
}
