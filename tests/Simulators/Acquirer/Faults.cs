namespace Health.Simulators.Acquirer;

public sealed class Faults
{
    private readonly List<Fault> planned = [];

    public static readonly string[] Modes = ["delay", "late", "lose-answer", "error", "duplicate", "contradict"];

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
