namespace Health.Simulators;

/// <summary>What goes wrong next, told through /control/faults. A source file that the simulators compile in, each as a program of its own.</summary>
/// <param name="Operation">What it applies to, by the simulator's own names; <c>*</c> for any.</param>
/// <param name="Mode">One of <see cref="FaultPlan.Modes"/>.</param>
/// <param name="Count">How many times.</param>
/// <param name="Match">Applies only to requests whose text holds this.</param>
public sealed record Fault(string Operation, string Mode, int Count = 1, int Milliseconds = 0, string? Match = null);

/// <summary>The faults that were planned and not met yet, in their order.</summary>
public sealed class FaultPlan(params string[] modes)
{
    private readonly List<Fault> planned = [];

    public IReadOnlyList<string> Modes => modes;

    /// <summary>Null when it can be planned, else what would be right.</summary>
    public string? Wrong(Fault fault) => modes.Contains(fault.Mode) && fault.Count >= 1 ? null : $"mode is one of {string.Join(", ", modes)}; count at least 1";

    public void Plan(Fault fault)
    {
        lock (planned) planned.Add(fault);
    }

    public void Clear()
    {
        lock (planned) planned.Clear();
    }

    public Fault[] Left()
    {
        lock (planned) return [.. planned];
    }

    /// <summary>The fault that this request meets; it is used up by one.</summary>
    public Fault? Take(string operation, string text)
    {
        lock (planned)
        {
            var index = planned.FindIndex(fault => (fault.Operation == operation || fault.Operation == "*") && (fault.Match is null || text.Contains(fault.Match, StringComparison.Ordinal)));
            if (index < 0) return null;
            var fault = planned[index];
            if (fault.Count > 1) planned[index] = fault with { Count = fault.Count - 1 };
            else planned.RemoveAt(index);
            return fault;
        }
    }
}
