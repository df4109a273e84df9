using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Health.Simulators.Insurer;

/// <summary>
/// Files of the interface: 9101 takes one, 3202 compares one with the insurer's books settlement by settlement, 9102 gives the result. A ZIP with one
/// tab-separated text. Result per line: 0 equal, 1 other amounts, 2 unknown here, 3 unknown there.
/// </summary>
public static class Statements
{
    private sealed record Told(string SettlementId, decimal Fee, decimal Fund, decimal Account);

    public static Answer Take(Envelope request, Books books)
    {
        if (request.Text("fsUploadIn", "filename").Length == 0) return Answer.Refuse("filename 不能为空");
        byte[] file;
        try
        {
            file = Convert.FromBase64String(request.Text("fsUploadIn", "in"));
        }
        catch (FormatException)
        {
            return Answer.Refuse("in 不正确");
        }
        var number = $"F{books.Files.Count + 1:D10}";
        books.Files[number] = file;
        return Answer.Accept(new JsonObject { ["file_qury_no"] = number, ["filename"] = request.Text("fsUploadIn", "filename"), ["fixmedins_code"] = request.Institution });
    }

    public static Answer Give(Envelope request, Books books) =>
        books.Files.TryGetValue(request.Text("fsDownloadIn", "file_qury_no"), out var file)
            ? Answer.Accept(new JsonObject { ["fsDownloadOut"] = new JsonObject { ["in"] = Convert.ToBase64String(file), ["filename"] = request.Text("fsDownloadIn", "filename") } })
            : Answer.Refuse("文件不存在");

    public static Answer Compare(Envelope request, Books books)
    {
        if (!DateOnly.TryParseExact(request.Text("data", "stmt_begndate"), "yyyy-MM-dd", out var from) || !DateOnly.TryParseExact(request.Text("data", "stmt_enddate"), "yyyy-MM-dd", out var to)) return Answer.Refuse("对账日期不正确");
        if (!books.Files.TryGetValue(request.Text("data", "file_qury_no"), out var file)) return Answer.Refuse("文件不存在");
        if (Read(file) is not { } told) return Answer.Refuse("对账文件格式不正确");
        var ours = books.Settlements.Values.Where(s => s.Institution == request.Institution && s.State == "settled" && s.Day >= from && s.Day <= to).ToDictionary(s => s.SettlementId);
        var text = new StringBuilder();
        foreach (var s in ours.Values)
        {
            var line = told.GetValueOrDefault(s.SettlementId);
            var result = line is null ? "3" : (line.Fee, line.Fund, line.Account) == (s.Split.Total, s.Split.Fund, s.Split.Account) ? "0" : "1";
            text.Append(CultureInfo.InvariantCulture, $"{s.PersonNumber}\t{s.VisitId}\t{s.SettlementId}\t{s.Msgid}\t{result}\t0\t\t{Yuan.Text(s.Split.Total)}\t{Yuan.Text(s.Split.Fund)}\t{Yuan.Text(s.Split.Account)}\n");
        }
        foreach (var line in told.Values.Where(line => !ours.ContainsKey(line.SettlementId))) text.Append(CultureInfo.InvariantCulture, $"\t\t{line.SettlementId}\t\t2\t0\t\t\t\t\n");
        var number = $"F{books.Files.Count + 1:D10}";
        books.Files[number] = Pack(text.ToString());
        return Answer.Accept(new JsonObject { ["fileinfo"] = new JsonObject { ["file_qury_no"] = number, ["filename"] = $"{number}.zip", ["dld_endtime"] = $"{to:yyyy-MM-dd} 23:59:59" } });
    }

    private static Dictionary<string, Told>? Read(byte[] file)
    {
        try
        {
            using var zip = new ZipArchive(new MemoryStream(file), ZipArchiveMode.Read);
            using var reader = new StreamReader(zip.Entries.Single().Open(), Encoding.UTF8);
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))
                .Select(f => new Told(f[0], decimal.Parse(f[3], CultureInfo.InvariantCulture), decimal.Parse(f[4], CultureInfo.InvariantCulture), decimal.Parse(f[5], CultureInfo.InvariantCulture)))
                .ToDictionary(told => told.SettlementId);
        }
        catch (Exception wrong) when (wrong is InvalidDataException or InvalidOperationException or FormatException or IndexOutOfRangeException or ArgumentException)
        {
            return null;
        }
    }

    private static byte[] Pack(string text)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        using (var writer = new StreamWriter(zip.CreateEntry("result.txt").Open(), new UTF8Encoding(false))) writer.Write(text);
        return bytes.ToArray();
    }
}
