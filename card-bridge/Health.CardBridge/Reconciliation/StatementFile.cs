using System.Globalization;
using Health.Contracts;

namespace Health.CardBridge.Reconciliation;

/// <summary>One line of a statement as a party sends it, with what tells which clinic it belongs to.</summary>
/// <param name="OriginalReference">Of a refund: the charge it gives back.</param>
public sealed record StatementLine(PartyLine Line, string? TerminalNo, string? OriginalReference)
{
    /// <summary>Of the acquirer's lines: <c>bank</c> or <c>mobile</c>.</summary>
    public string? Channel { get; init; }
}

/// <summary>
/// Reads a party's statement: UTF-8 text, a header line, comma-separated fields without quotes, at the end <c>#,count,sum in fen</c> (the
/// ledger of a HIS may lack it). Numbers of purses are read past and never kept. Bad input is refused with its line; nothing of it is taken.
/// </summary>
public static class StatementFile
{
    /// <summary>A file of the whole city for a day is smaller by far.</summary>
    public const int MaxLines = 2_000_000, MaxLineLength = 400, MaxReferenceLength = 128;

    private const long MaxAmountFen = 100_000_000_00;

    private delegate StatementLine? LineReader(IReadOnlyDictionary<string, int> columns, string[] fields, out string? wrong);

    private sealed record Form(string[] Columns, string[] Optional, LineReader Read, bool NeedsTrailer = true);

    private static readonly Dictionary<string, Form> Forms = new()
    {
        [Parties.CityCard] = new(["chip_serial", "card_seq", "terminal_no", "term_seq", "amount_fen", "date", "time", "tac"], ["refund_id"], Clearing),
        [Parties.His] = new(["receipt_no", "visit_no", "total_fen", "kind", "posted_at"], [], HisPosting, NeedsTrailer: false),
        [Parties.Acquirer] = new(["number", "order_no", "channel", "amount_fen", "reference"], ["state"], Acquired),
    };

    /// <summary>The columns of a file, for messages and documents.</summary>
    public static string ColumnsOf(string party) => string.Join(',', Forms[party].Columns.Concat(Forms[party].Optional));

    public static bool IsKnown(string party) => Forms.ContainsKey(party);

    /// <param name="party"><c>city-card</c>, <c>his</c> or <c>acquirer</c>.</param>
    /// <returns>The lines in the order of the file, or the refusal with the place.</returns>
    public static async Task<(IReadOnlyList<StatementLine> Lines, Refusal? Refusal)> Read(string party, TextReader text, CancellationToken ct)
    {
        var form = Forms[party];
        if (await text.ReadLineAsync(ct) is not { Length: <= MaxLineLength } header) return Refused(1, "The file is empty or its first line too long.");
        var names = header.TrimStart('\uFEFF').Split(',');
        var columns = names.Select((name, index) => (name, index)).DistinctBy(column => column.name).ToDictionary(column => column.name, column => column.index);
        if (form.Columns.FirstOrDefault(name => !columns.ContainsKey(name)) is { } missing) return Refused(1, $"The column {missing} is missing; wanted are {ColumnsOf(party)}.");
        List<StatementLine> lines = [];
        long sum = 0;
        for (var number = 2; await text.ReadLineAsync(ct) is { } line; number++)
        {
            if (line.Length == 0) continue;
            if (line.Length > MaxLineLength || lines.Count == MaxLines) return Refused(number, $"A line has at most {MaxLineLength} characters, a file {MaxLines} lines.");
            var fields = line.Split(',');
            if (fields[0] == "#") return await Trailer(text, fields, number, lines, sum, ct);
            if (fields.Length != names.Length) return Refused(number, $"{fields.Length} fields; the header has {names.Length}.");
            if (form.Read(columns, fields, out var wrong) is not { } read) return Refused(number, wrong!);
            lines.Add(read);
            sum += read.Line.AmountFen;
        }
        return form.NeedsTrailer ? Refused(lines.Count + 2, "The last line (#,count,sum) is missing: the file is not whole.") : (lines, null);
    }

    private static async Task<(IReadOnlyList<StatementLine>, Refusal?)> Trailer(TextReader text, string[] fields, int number, List<StatementLine> lines, long sum, CancellationToken ct)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"#,{lines.Count},{sum}");
        if (string.Join(',', fields) != expected) return Refused(number, $"The last line says {string.Join(',', fields)}; the lines before give {expected}.");
        while (await text.ReadLineAsync(ct) is { } rest)
            if (rest.Length > 0) return Refused(number + 1, "Lines follow the last one.");
        return (lines, null);
    }

    // chip_serial,card_seq,terminal_no,term_seq,amount_fen,date,time,tac and for money given back its refund_id.
    private static StatementLine? Clearing(IReadOnlyDictionary<string, int> columns, string[] fields, out string? wrong)
    {
        string Of(string name) => columns.TryGetValue(name, out var index) ? fields[index] : "";
        if (!Amount(Of("amount_fen"), out var fen, out wrong)) return null;
        var debit = string.Join('|', Of("chip_serial"), Of("card_seq"), Of("terminal_no"), Of("term_seq"));
        var refund = Of("refund_id");
        if (fen < 0 == (refund.Length == 0))
        {
            wrong = "A refund has a negative amount and a refund_id, a debit neither.";
            return null;
        }
        if (!Reference(debit, out wrong) || (refund.Length > 0 && !Reference(refund, out wrong))) return null;
        var line = refund.Length > 0 ? new PartyLine(refund, PartyLine.Refund, fen) : new PartyLine(debit, PartyLine.Charge, fen) { Tac = Of("tac").ToUpperInvariant() };
        return new StatementLine(line, Of("terminal_no"), refund.Length > 0 ? debit : null);
    }

    private static StatementLine? HisPosting(IReadOnlyDictionary<string, int> columns, string[] fields, out string? wrong) =>
        Of(fields[columns["receipt_no"]], fields[columns["kind"]], fields[columns["total_fen"]], PartyLine.Decided, out wrong);

    // number is the order's, or for money given back the refund's, which names its order.
    private static StatementLine? Acquired(IReadOnlyDictionary<string, int> columns, string[] fields, out string? wrong)
    {
        var state = columns.TryGetValue("state", out var index) && fields[index].Length > 0 ? fields[index] : PartyLine.Decided;
        var (order, amount, channel) = (fields[columns["order_no"]], fields[columns["amount_fen"]], fields[columns["channel"]]);
        if (channel is not (Parties.Bank or Parties.Mobile))
        {
            wrong = "channel is bank or mobile.";
            return null;
        }
        var kind = amount.StartsWith('-') ? PartyLine.Refund : PartyLine.Charge;
        if (!Reference(order, out wrong) || Of(fields[columns["number"]], kind, amount, state, out wrong) is not { } read) return null;
        return read with { Channel = channel, OriginalReference = kind == PartyLine.Refund ? order : null };
    }

    private static StatementLine? Of(string reference, string kind, string amount, string state, out string? wrong)
    {
        if (!Reference(reference, out wrong) || !Amount(amount, out var fen, out wrong)) return null;
        if (kind is PartyLine.Charge or PartyLine.Refund && (fen > 0) == (kind == PartyLine.Charge)) return new StatementLine(new PartyLine(reference, kind, fen, state), null, null);
        wrong = "kind is charge with a positive amount or refund with a negative one.";
        return null;
    }

    private static bool Reference(string text, out string? wrong)
    {
        wrong = text.Length is 0 or > MaxReferenceLength || text.Any(c => c is < '!' or > '~') ? $"A reference has 1 to {MaxReferenceLength} visible ASCII characters." : null;
        return wrong is null;
    }

    private static bool Amount(string text, out long fen, out string? wrong)
    {
        wrong = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out fen) && fen is not 0 and >= -MaxAmountFen and <= MaxAmountFen
            ? null : "An amount is a whole number of fen, not zero.";
        return wrong is null;
    }

    private static (IReadOnlyList<StatementLine>, Refusal?) Refused(int line, string what) => ([], Refusal.Unprocessable($"Line {line}: {what}", $"line {line}"));
}
