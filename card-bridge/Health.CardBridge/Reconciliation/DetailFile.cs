using System.Globalization;
using System.IO.Compression;
using System.Text;
using Health.Contracts;

namespace Health.CardBridge.Reconciliation;

/// <summary>A settlement as the insurer's detail file (3202) holds it.</summary>
public sealed record SettledLine(string SettlementId, Fen Fee, Fen Fund, Fen Account);

/// <summary>
/// The file of 3202: one text in a ZIP, tab-separated, without a header. Ours: setl_id, mdtrt_id, psn_no, medfee_sumamt, fund_pay_sumamt, acct_pay,
/// refd_setl_flag; the two in the middle are left empty, they are personal and the ledger does not hold them. The answer: psn_no, mdtrt_id, setl_id,
/// msgid, stmt_rslt, refd_setl_flag, memo, medfee_sumamt, fund_pay_sumamt, acct_pay. [K: the column order is not published; it is kept in this file alone.]
/// </summary>
public static class DetailFile
{
    private const int AnswerColumns = 10, MaxBytes = 64 << 20;

    public static byte[] Write(IEnumerable<SettledLine> lines)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        using (var text = new StreamWriter(zip.CreateEntry("stmt.txt").Open(), new UTF8Encoding(false)))
            foreach (var line in lines)
                text.Write(string.Create(CultureInfo.InvariantCulture, $"{line.SettlementId}\t\t\t{line.Fee}\t{line.Fund}\t{line.Account}\t0\n"));
        return bytes.ToArray();
    }

    /// <summary>What the insurer has: settlements with an amount of its own, by settlement id.</summary>
    /// <exception cref="FormatException">The file has not this form.</exception>
    public static IReadOnlyList<SettledLine> Read(byte[] file)
    {
        try
        {
            return ReadZip(file);
        }
        catch (InvalidDataException broken)
        {
            throw new FormatException("The detail file is no ZIP archive.", broken);
        }
    }

    private static List<SettledLine> ReadZip(byte[] file)
    {
        using var zip = new ZipArchive(new MemoryStream(file), ZipArchiveMode.Read);
        if (zip.Entries is not [var entry] || entry.Length > MaxBytes) throw new FormatException("The detail file holds one text of bearable size.");
        using var text = new StreamReader(entry.Open(), Encoding.UTF8);
        List<SettledLine> lines = [];
        while (text.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            var fields = line.Split('\t');
            if (fields.Length != AnswerColumns || fields[2].Length is 0 or > StatementFile.MaxReferenceLength) throw new FormatException($"Line {lines.Count + 1} of the detail file has not {AnswerColumns} columns with a setl_id.");
            // A settlement that the insurer does not know has no amount of its.
            if (fields[7].Length == 0) continue;
            lines.Add(new SettledLine(fields[2], Yuan(fields[7]), Yuan(fields[8]), Yuan(fields[9])));
        }
        return lines;
    }

    private static Fen Yuan(string text) => Fen.TryParseYuan(text, out var fen) ? fen : throw new FormatException("An amount of the detail file is not in yuan.");
}
