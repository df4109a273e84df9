using System.Globalization;

namespace Health.Adapters.Certification;

/// <summary>The hospital's own counts: a CSV of <c>day,type,count</c> with days such as 2026-11-24 and types such as <c>ADT^A01</c> or <c>ORU</c>.</summary>
public sealed record HisCounts(IReadOnlyList<(DateOnly Day, string Type, int Count)> Lines)
{
    /// <param name="lines">A first line that names the columns is passed over, and so are empty ones.</param>
    /// <exception cref="InvalidOperationException">A line is wrong; the message says which and what would be right.</exception>
    public static HisCounts Read(IEnumerable<string> lines)
    {
        List<(DateOnly, string, int)> read = [];
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line) || (number == 1 && line.TrimStart('\uFEFF', ' ').StartsWith("day", StringComparison.OrdinalIgnoreCase))) continue;
            var parts = line.TrimStart('\uFEFF').Split(',', StringSplitOptions.TrimEntries);
            if (parts.Length != 3 || !DateOnly.TryParseExact(parts[0], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) || parts[1].Length == 0
                || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                throw new InvalidOperationException($"Line {number} of the hospital's counts is wrong; it must be day,type,count such as 2026-11-24,ADT^A01,118.");
            read.Add((day, parts[1], count));
        }

        return new HisCounts(read);
    }

    /// <summary>The report with these counts beside its own: every line is right when as many messages arrived as the hospital counts, in quarantine or not.</summary>
    public CertificationReport Compare(CertificationReport report)
    {
        List<CompletenessLine> beside = [];
        List<CheckEvidence> evidence = [];
        foreach (var (day, type, expected) in Lines)
        {
            var counts = report.Counts.Where(count => count.Day == day && (count.Type == type || count.Type.StartsWith($"{type}^", StringComparison.Ordinal))).ToList();
            var line = new CompletenessLine(day, type, expected, counts.Sum(count => count.Arrived), counts.Sum(count => count.Quarantined));
            beside.Add(line);
            if (line.Arrived != line.Expected)
                evidence.Add(new CheckEvidence("", "", $"{day:yyyy-MM-dd} {type}: the hospital counts {line.Expected}, {line.Arrived} arrived, {line.Quarantined} of them in quarantine."));
        }

        var result = beside.Count == 0 ? CheckResult.NotSeen : evidence.Count == 0 ? CheckResult.Pass : CheckResult.Fail;
        return report with
        {
            Completeness = beside,
            Items = [.. report.Items.Select(item => item.Id == CheckList.Completeness ? item with { Result = result, Seen = beside.Count, Failures = evidence.Count, Evidence = [.. evidence.Take(20)] } : item)],
        };
    }
}
