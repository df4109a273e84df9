using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Health.SimulationTests.Platform;
using Spectre.Console;

namespace Health.Benchmarks;

/// <summary><c>./health bench [AREA] [--json FILE] …</c>: measures beside a floor taken in the same run and prints a table.</summary>
public static class BenchCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>From the HTTP port to the default MLLP port, where a platform says nothing else.</summary>
    private const int MllpOffset = 2575 - 8080;

    public static async Task<int> Run(string[] arguments)
    {
        var (options, wrong) = BenchOptions.Read(arguments);
        if (options is null)
        {
            await Terminal.Error.WriteLineAsync(wrong);
            return 2;
        }

        var earlier = options.Compare is null ? null : JsonSerializer.Deserialize<BenchRow[]>(await File.ReadAllTextAsync(options.Compare), Json);
        BenchRow With(BenchRow row) => row with { Earlier = earlier?.FirstOrDefault(old => old.Name == row.Name)?.Value };
        if (options.Area == "validate") return await Finish(options, [.. ValidateBench.Run().Select(With)]);
        var rows = new List<BenchRow>();
        if (options.Area == "hl7")
        {
            rows.AddRange(Hl7Bench.WithoutPlatform(options).Select(With));
            if (!Hl7Bench.NeedsPlatform(options)) return await Finish(options, rows);
        }

        var progress = new Progress(1 + options.Area switch { "fhir" => FhirBench.CountSteps(options), "hl7" => Hl7Bench.CountSteps(options), "card" => CardSteps.CountSteps(options), "ledgers" => LedgerBench.Steps, _ => SmokeBench.Steps });
        progress.Next(options.Data is null ? "starting the demo city" : $"measuring the platform in {options.Data}");
        await using var platform = options.Data is null
            ? await RunningPlatform.Start(demo: true, CancellationToken.None)
            : RunningPlatform.Attach(options.Data, options.Port, options.Port + MllpOffset);
        var measured = options.Area switch
        {
            "fhir" => FhirBench.Run(platform, options, progress),
            "hl7" => Hl7Bench.Run(platform, options, progress),
            "ledgers" => LedgerBench.Run(platform, progress),
            "card" => CardSteps.Run(platform, options, progress),
            _ => SmokeBench.Run(platform, progress),
        };
        await foreach (var row in measured)
        {
            rows.Add(With(row));
            await Terminal.Error.WriteLineAsync($"       {row.Name}: {row.Note ?? $"{row.Value:0.##} {row.Unit}"}{(row.Ratio is { } ratio ? $" = {ratio:0.00} of the floor" : "")}");
        }

        progress.End();
        return await Finish(options, rows);
    }

    private static async Task<int> Finish(BenchOptions options, List<BenchRow> rows)
    {
        Print(options, rows);
        if (options.Json is not null) await File.WriteAllTextAsync(options.Json, JsonSerializer.Serialize(rows, Json));
        return 0;
    }

    private static void Print(BenchOptions options, List<BenchRow> rows)
    {
        var table = new Table().Title($"health bench {options.Area}").AddColumns("what", "value", "unit", "floor", "ratio", "target", "met", "p50", "p95", "p99", "errors");
        if (options.Compare is not null) table.AddColumns("earlier", "change");
        foreach (var row in rows)
        {
            List<string> cells =
            [
                Markup.Escape(row.Name), row.Note is null ? $"{row.Value:0.##}" : Markup.Escape(row.Note), row.Unit, Number(row.Floor), row.Ratio is { } ratio ? $"{ratio:0.00}" : "–",
                Number(row.Target), row.Met switch { true => "yes", false => "no", _ => "–" }, Number(row.P50), Number(row.P95), Number(row.P99),
                row.Errors is { } errors ? $"{errors:0.##%}" : "–",
            ];
            if (options.Compare is not null) cells.AddRange([Number(row.Earlier), row.Earlier is { } before and not 0 ? $"{row.Value / before - 1:+0%;-0%;0%}" : "–"]);
            table.AddRow([.. cells]);
        }

        AnsiConsole.Profile.Width = 190;
        AnsiConsole.Write(table);
    }

    private static string Number(double? value) => value is { } number ? $"{number:0.##}" : "–";
}
