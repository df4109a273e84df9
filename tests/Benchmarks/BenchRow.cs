namespace Health.Benchmarks;

/// <summary>One measured figure. The target is one of the ratio where there is a floor, of the value where there is none.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">In <paramref name="Unit"/>.</param>
/// <param name="Unit">For example <c>1/s</c> or <c>ms</c>.</param>
/// <param name="Floor">The least that the same machine can do it with, measured in the same run at the same client count.</param>
/// <param name="Ratio">Value by floor.</param>
/// <param name="Target">What a later issue asks for; null when none is set yet.</param>
/// <param name="Met">Whether the target was reached.</param>
public sealed record BenchRow(string Name, double Value, string Unit, double? Floor = null, double? Ratio = null, double? Target = null, bool? Met = null)
{
    /// <summary>Share of requests that failed; null where that was not counted.</summary>
    public double? Errors { get; init; }

    /// <summary>Latencies in ms, where they were taken.</summary>
    public double? P50 { get; init; }
    public double? P95 { get; init; }
    public double? P99 { get; init; }

    /// <summary>Why there is no value, or what to know about it.</summary>
    public string? Note { get; init; }

    /// <summary>The value of the row of this name in the run that this one was compared with.</summary>
    public double? Earlier { get; init; }

    /// <summary>With the errors and latencies of a measurement. A row with errors has not met its target.</summary>
    public BenchRow Of(Measured measured) => this with
    {
        Errors = measured.Errors, P50 = measured.Percentile(0.5), P95 = measured.Percentile(0.95), P99 = measured.Percentile(0.99), Met = Met is null ? null : Met.Value && measured.Errors == 0,
    };

    public static BenchRow Skipped(string name, string unit, double? target, string why) => new(name, 0, unit, Target: target) { Note = why };

    /// <summary>A duration that must not be above its target.</summary>
    public static BenchRow AtMost(string name, double value, string unit, double target) => new(name, value, unit, Target: target, Met: value <= target);

    /// <summary>A rate that must not be below its target.</summary>
    public static BenchRow AtLeast(string name, double value, string unit, double target) => new(name, value, unit, Target: target, Met: value >= target);

    public static BenchRow Against(string name, Measured measured, Measured floor, double? target = null)
    {
        var ratio = measured.PerSecond / floor.PerSecond;
        return new(name, measured.PerSecond, "1/s", floor.PerSecond, ratio, target, target is null ? null : ratio >= target);
    }
}
