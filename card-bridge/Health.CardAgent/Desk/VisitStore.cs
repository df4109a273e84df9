using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Health.Cards;

namespace Health.CardAgent.Desk;

/// <summary>The visit at the desk on the disk (masked name only), visit numbers of the day, and receipts.</summary>
public sealed class VisitStore(AgentSettings settings, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };
    private static readonly TimeSpan China = TimeSpan.FromHours(8);
    private readonly string current = Path.Combine(settings.DataFolder, "current-visit");

    /// <summary>Wall clock of the region.</summary>
    public DateTime Local => time.GetUtcNow().ToOffset(China).DateTime;

    /// <summary>A visit of this desk alone: its sequence begins with L.</summary>
    public static bool IsOffline(string visitTx) => visitTx.AsSpan(visitTx.LastIndexOf('|') + 1).StartsWith("L");

    /// <summary>desk|date|sequence: never given twice.</summary>
    public string NewVisitTx() => NewVisitTx("");

    public string NewOfflineVisitTx() => NewVisitTx("L");

    private string NewVisitTx(string mark)
    {
        var date = Local.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        var sequence = new SequenceFile(Path.Combine(settings.DataFolder, "sequences", $"visits-{date}")).Next();
        return $"{settings.DeskId}|{date}|{mark}{sequence}";
    }

    /// <summary>The visit the desk was at when it last ran.</summary>
    public VisitView? Current() => File.Exists(current) ? Find(File.ReadAllText(current)) : null;

    public VisitView? Find(string visitTx) => File.Exists(VisitPath(visitTx)) ? JsonSerializer.Deserialize<VisitView>(File.ReadAllBytes(VisitPath(visitTx)), Json) : null;

    public void Save(VisitView visit) => DurableFile.Replace(VisitPath(visit.VisitTx), JsonSerializer.SerializeToUtf8Bytes(visit, Json));

    /// <summary>Which visit is at the desk; null for none.</summary>
    public void Point(string? visitTx)
    {
        if (visitTx is null) File.Delete(current);
        else DurableFile.Replace(current, Encoding.UTF8.GetBytes(visitTx));
    }

    public void SaveReceipt(string visitTx, string text) => DurableFile.Replace(ReceiptPath(visitTx), Encoding.UTF8.GetBytes(text));

    public string? Receipt(string visitTx) => File.Exists(ReceiptPath(visitTx)) ? File.ReadAllText(ReceiptPath(visitTx)) : null;

    private string ReceiptPath(string visitTx) => Path.Combine(settings.DataFolder, "receipts", FileName(visitTx) + ".txt");

    private string VisitPath(string visitTx) => Path.Combine(settings.DataFolder, "visits", FileName(visitTx) + ".json");

    private static string FileName(string visitTx) => string.Concat(visitTx.Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '_'));
}
