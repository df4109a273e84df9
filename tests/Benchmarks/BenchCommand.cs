using System.Text.Encodings.Web;
using System.Text.Json;
using Health.SimulationTests.Platform;
using Spectre.Console;

namespace Health.Benchmarks;

/// <summary><c>./health bench [AREA] [--json FILE]</c>: measures beside a floor taken in the same run and prints a table.</summary>
public static class BenchCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task<int> Run(string[] arguments)
    {
        var area = "smoke";
        string? file = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--json" && i + 1 < arguments.Length) file = arguments[++i];
            else if (arguments[i] is "smoke") area = arguments[i];
            else
            {
                await Terminal.Error.WriteLineAsync($"usage: ./health bench [smoke] [--json FILE]; '{arguments[i]}' is not known");
                return 2;
            }
        }

        var progress = new Progress(SmokeBench.Steps + 1);
        progress.Next("starting the demo city");
        await using var platform = await RunningPlatform.Start(demo: true, CancellationToken.None);
        var rows = new List<BenchRow>();
        await foreach (var row in SmokeBench.Run(platform, progress)) rows.Add(row);
        progress.End();

        Print(area, rows);
        if (file is not null) await File.WriteAllTextAsync(file, JsonSerializer.Serialize(rows, Json));
        return 0;
    }

    private static void Print(string area, List<BenchRow> rows)
    {
        var table = new Table().Title($"health bench {area}").AddColumns("what", "value", "unit", "floor", "ratio", "target", "met");
        foreach (var row in rows)
            table.AddRow(
                row.Name, $"{row.Value:0.##}", row.Unit, row.Floor is { } floor ? $"{floor:0.##}" : "–", row.Ratio is { } ratio ? $"{ratio:0.00}" : "–",
                row.Target is { } target ? $"{target:0.##}" : "–", row.Met switch { true => "yes", false => "no", _ => "–" });
        AnsiConsole.Profile.Width = 140;
        AnsiConsole.Write(table);
    }
}
