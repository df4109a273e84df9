namespace Health.Benchmarks;

/// <summary>What the command line of <c>./health bench</c> asks for.</summary>
/// <param name="Json">File the rows go to.</param>
/// <param name="Compare">JSON of an earlier run, set beside this one.</param>
/// <param name="Only">Steps of the area; empty for all.</param>
/// <param name="Seconds">How long one measurement lasts.</param>
public sealed record BenchOptions(string Area, string? Json, string? Compare, IReadOnlyList<string> Only, int Seconds)
{
    public const string Usage = "usage: ./health bench [smoke|fhir|validate|hl7|card|ledgers] [--json FILE] [--compare EARLIER.json] [--only STEP,STEP] [--seconds N] [--data DIR --port N]";
    private const int DefaultSeconds = 5, MostSeconds = 600;

    /// <summary>Folder and port of a running demo platform to measure instead of one of its own.</summary>
    public string? Data { get; init; }
    public int Port { get; init; } = 8080;

    public bool Wants(string step) => Only.Count == 0 || Only.Contains(step);

    /// <returns>The options, or one line that says what is wrong.</returns>
    public static (BenchOptions? Options, string? Wrong) Read(string[] arguments)
    {
        var options = new BenchOptions("smoke", null, null, [], DefaultSeconds);
        for (var i = 0; i < arguments.Length; i++)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "smoke" or "fhir" or "validate" or "hl7" or "card" or "ledgers":
                    options = options with { Area = arguments[i] };
                    continue;
                case "--json" when value is not null:
                    options = options with { Json = value };
                    break;
                case "--compare" when value is not null:
                    if (!File.Exists(value)) return (null, $"--compare: there is no file {value}");
                    options = options with { Compare = value };
                    break;
                case "--only" when value is not null:
                    options = options with { Only = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) };
                    break;
                case "--seconds" when int.TryParse(value, out var seconds) && seconds is > 0 and <= MostSeconds:
                    options = options with { Seconds = seconds };
                    break;
                case "--data" when Directory.Exists(value):
                    options = options with { Data = Path.GetFullPath(value) };
                    break;
                case "--port" when int.TryParse(value, out var port) && port is > 0 and <= 65000:
                    options = options with { Port = port };
                    break;
                default:
                    return (null, $"{Usage}; '{arguments[i]}' is not known, or its value is missing or wrong");
            }

            i++;
        }

        string[] steps = options.Area switch { "fhir" => FhirBench.Steps, "hl7" => Hl7Bench.Steps, "card" => CardSteps.Steps, _ => [] };
        if (steps.Length == 0) return options.Only.Count > 0 ? (null, "--only goes with the areas fhir, hl7 and card") : (options, null);
        return options.Only.FirstOrDefault(step => !steps.Contains(step)) is { } unknown
            ? (null, $"--only of {options.Area} knows {string.Join(", ", steps)}; not '{unknown}'")
            : (options, null);
    }
}
