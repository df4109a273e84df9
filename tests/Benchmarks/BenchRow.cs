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
