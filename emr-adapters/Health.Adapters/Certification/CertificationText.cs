using System.Globalization;
using System.Text;

namespace Health.Adapters.Certification;

/// <summary>The report for people: Markdown with Chinese and English headings.</summary>
public static class CertificationText
{
    private const int MostLines = 200;

    public static string Markdown(CertificationReport report)
    {
        var text = new StringBuilder();
        Line(text, $"# 医院接口验收报告 Certification of a hospital's interface: {report.Source}");
        Line(text, $"机构 institution {report.Institution} · 时间 time {report.At.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)} · 消息 messages {report.Messages}{(report.IsCut ? "（只检查了前面的部分 only the first were looked at）" : "")}");
        Line(text, "");
        Line(text, Verdict(report));
        Items(text, report);
        Completeness(text, report);
        LocalCodes(text, report);
        UnmappedFields(text, report);
        Counts(text, report);
        return text.ToString();
    }

    private static string Verdict(CertificationReport report)
    {
        var failed = report.Items.Count(item => item.IsRequired && item.Result == CheckResult.Fail);
        var open = report.Items.Count(item => item.IsRequired && item.Result == CheckResult.NotSeen);
        if (failed > 0) return $"**未通过 FAILED**: {failed} 个必需项不合格 required items failed, {open} 个未出现 not seen.";
        return open > 0 ? $"**通过，但不完整 PASSED, BUT NOT COMPLETE**: {open} 个必需项未出现 required items were not seen." : "**通过 PASSED**";
    }

    private static void Items(StringBuilder text, CertificationReport report)
    {
        Line(text, "");
        Line(text, "## 检查项 Check list");
        Line(text, "| 结果 result | 必需 required | 检查项 item | 次数 seen | 不合格 wrong |");
        Line(text, "|---|---|---|---|---|");
        foreach (var item in report.Items) Line(text, $"| {Word(item.Result)} | {(item.IsRequired ? "是 yes" : "否 no")} | {item.Chinese} {item.English} | {item.Seen} | {item.Failures} |");
        var failures = report.Items.Where(item => item.Result == CheckResult.Fail && item.Id is not (CheckList.LocalCodes or CheckList.UnmappedFields)).ToList();
        if (failures.Count == 0) return;
        Line(text, "");
        Line(text, "## 不合格的位置 Where it is wrong");
        foreach (var item in failures)
        {
            Line(text, $"- **{item.Chinese} {item.English}** (`{item.Id}`)");
            foreach (var one in item.Evidence) Line(text, $"  - {Place(one.ControlId, one.Path)}{one.Text}");
            if (item.Failures > item.Evidence.Count) Line(text, $"  - … {item.Failures - item.Evidence.Count} more");
        }
    }

    private static void Completeness(StringBuilder text, CertificationReport report)
    {
        if (report.Completeness.Count == 0) return;
        Line(text, "");
        Line(text, "## 完整性 Completeness");
        Line(text, "| 日期 day | 类型 type | 医院 hospital | 收到 arrived | 隔离 quarantined |");
        Line(text, "|---|---|---|---|---|");
        foreach (var line in report.Completeness) Line(text, $"| {line.Day:yyyy-MM-dd} | {line.Type} | {line.Expected} | {line.Arrived} | {line.Quarantined} |");
    }

    private static void LocalCodes(StringBuilder text, CertificationReport report)
    {
        if (report.LocalCodes.Count == 0) return;
        Line(text, "");
        Line(text, "## 待对照的本地编码 Local codes to translate");
        Line(text, "| 位置 place | 编码体系 system | 编码 code | 名称 name | 次数 count | 示例 example |");
        Line(text, "|---|---|---|---|---|---|");
        foreach (var code in report.LocalCodes.Take(MostLines))
            Line(text, $"| {code.Place} | {Cell(code.System ?? "")} | {Cell(code.Code)} | {Cell(code.Display ?? "")} | {code.Count} | {Cell(code.ControlId)} {code.Path} |");
        Rest(text, report.LocalCodes.Count);
    }

    private static void UnmappedFields(StringBuilder text, CertificationReport report)
    {
        if (report.UnmappedFields.Count == 0) return;
        Line(text, "");
        Line(text, "## 没有映射的字段 Fields without a mapping");
        Line(text, "| 字段 field | 次数 count | 示例 example |");
        Line(text, "|---|---|---|");
        foreach (var field in report.UnmappedFields.Take(MostLines)) Line(text, $"| {field.Path} | {field.Count} | {Cell(field.ControlId)} |");
        Rest(text, report.UnmappedFields.Count);
    }

    private static void Counts(StringBuilder text, CertificationReport report)
    {
        Line(text, "");
        Line(text, "## 数量 Counts");
        Line(text, "| 日期 day | 类型 type | 收到 arrived | 隔离 quarantined |");
        Line(text, "|---|---|---|---|");
        foreach (var count in report.Counts.Take(MostLines)) Line(text, $"| {count.Day:yyyy-MM-dd} | {count.Type} | {count.Arrived} | {count.Quarantined} |");
        Rest(text, report.Counts.Count);
    }

    private static void Rest(StringBuilder text, int count)
    {
        if (count > MostLines) Line(text, $"… {count - MostLines} more; the JSON report has all.");
    }

    private static string Place(string controlId, string path) => (controlId.Length, path.Length) switch
    {
        (0, 0) => "",
        (0, _) => $"{path}: ",
        (_, 0) => $"`{controlId}`: ",
        _ => $"`{controlId}` {path}: ",
    };

    private static string Word(CheckResult result) => result switch { CheckResult.Pass => "合格 pass", CheckResult.Fail => "**不合格 fail**", _ => "未出现 not seen" };

    /// <summary>A text of a message inside a table: one line, no column of its own.</summary>
    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
