using System.Globalization;
using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>
/// A file of mappings: UTF-8, the header <c>local_code,national_code,name,valid_from,valid_to</c>, fields without commas, days as yyyy-MM-dd, the last one may be empty. Pure.
/// </summary>
public static class CatalogueFile
{
    public const string Header = "local_code,national_code,name,valid_from,valid_to";
    public const int MaxLines = 200_000, MaxBytes = 32 << 20;

    /// <summary>The entries, or the first line that is wrong.</summary>
    public static (IReadOnlyList<CatalogueEntry> Entries, Refusal? Refusal) Read(string text)
    {
        var lines = text.TrimStart('\uFEFF').Split('\n', MaxLines + 2);
        if (lines[0].TrimEnd('\r') != Header) return ([], Refusal.Unprocessable($"The first line must be {Header}.", "line 1"));
        List<CatalogueEntry> entries = [];
        HashSet<(string, DateOnly)> keys = [];
        for (var i = 1; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.Length == 0) continue;
            if (i > MaxLines) return ([], Refusal.Unprocessable($"More than {MaxLines} lines.", $"line {i + 1}"));
            if (Entry(line) is not { } entry) return ([], Refusal.Unprocessable("A line has a local code, a national code of 15, 21 or 23 characters, a name, a first day and a last day or nothing.", $"line {i + 1}"));
            if (!keys.Add((entry.LocalCode, entry.ValidFrom))) return ([], Refusal.Unprocessable("This code is mapped twice from the same day.", $"line {i + 1}"));
            entries.Add(entry);
        }
        return (entries, null);
    }

    private static CatalogueEntry? Entry(string line)
    {
        var fields = line.Split(',');
        if (fields is not [{ Length: > 0 and <= 50 } local, var national, { Length: > 0 and <= 100 } name, var from, var to] || !FeeLine.IsNational(national) || FeeLine.IsNational(local)) return null;
        if (!Day(from, out var first)) return null;
        if (to.Length == 0) return new CatalogueEntry(local, national, name, first, null);
        return Day(to, out var last) && last >= first ? new CatalogueEntry(local, national, name, first, last) : null;
    }

    private static bool Day(string text, out DateOnly day) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
}
