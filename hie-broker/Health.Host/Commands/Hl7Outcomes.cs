using System.Text.Json;
using Spectre.Console;

namespace Health.Host.Commands;

/// <summary>The tables after a send: by type, and the reasons of what waits in quarantine.</summary>
internal static class Hl7Outcomes
{
    private const int Wide = 120;

    public static void Print(
        IReadOnlyList<Hl7Letter> letters, IReadOnlyDictionary<Hl7Letter, string?> answers, IReadOnlyList<Hl7Command.ListedMessage> became, HashSet<string> readBack, JsonElement statistics)
    {
        // At a source that takes unknown senders the content's hash belongs to the key and stands behind the control id.
        var byControlId = became.GroupBy(message => message.ControlId.Split('#')[0]).ToDictionary(group => group.Key, group => group.Last());
        var rows = letters.GroupBy(letter => letter.Type).OrderByDescending(group => group.Count()).Select(group => Count(group.Key, [.. group], answers, byControlId, readBack)).ToList();
        var table = new Table().AddColumns("type", "sent", "accepted", "read back over FHIR", "quarantined", "known before", "refused", "no answer");
        foreach (var row in rows) table.AddRow(row.Cells());
        table.AddRow(new Row("all", rows.Sum(r => r.Sent), rows.Sum(r => r.Accepted), rows.Sum(r => r.ReadBack), rows.Sum(r => r.Quarantined), rows.Sum(r => r.Known), rows.Sum(r => r.Refused), rows.Sum(r => r.Silent)).Cells());
        AnsiConsole.Profile.Width = Wide;
        AnsiConsole.Write(table);
        Reasons(statistics);
    }

    private static Row Count(
        string type, Hl7Letter[] letters, IReadOnlyDictionary<Hl7Letter, string?> answers, Dictionary<string, Hl7Command.ListedMessage> became, HashSet<string> readBack)
    {
        int accepted = 0, read = 0, quarantined = 0, known = 0, refused = 0, silent = 0;
        foreach (var letter in letters)
        {
            if (answers[letter] is not { } answer) silent++;
            else if (became.TryGetValue(letter.ControlId, out var message))
            {
                if (message.State == "quarantined") quarantined++;
                else accepted++;
                if (readBack.Contains(message.MessageId)) read++;
            }
            else if (answer is "AA" or "CA") known++;
            else refused++;
        }

        return new Row(type, letters.Length, accepted, read, quarantined, known, refused, silent);
    }

    private static void Reasons(JsonElement statistics)
    {
        var table = new Table().Title("quarantine, all sources").AddColumns("source", "type", "reason (HL7 table 0357)", "place", "messages");
        foreach (var row in statistics.GetProperty("rows").EnumerateArray().Where(row => row.GetProperty("state").GetString() == "quarantined"))
            table.AddRow(Cell(row, "source"), Cell(row, "type"), Cell(row, "errCode"), Cell(row, "path"), row.GetProperty("count").GetRawText());
        if (table.Rows.Count > 0) AnsiConsole.Write(table);
    }

    private static string Cell(JsonElement row, string name) => Markup.Escape(row.GetProperty(name).GetString() ?? "");

    private sealed record Row(string Type, int Sent, int Accepted, int ReadBack, int Quarantined, int Known, int Refused, int Silent)
    {
        public string[] Cells() => [Markup.Escape(Type), $"{Sent}", $"{Accepted}", $"{ReadBack}", $"{Quarantined}", $"{Known}", $"{Refused}", $"{Silent}"];
    }
}
