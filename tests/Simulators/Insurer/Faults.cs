namespace Health.Simulators.Insurer;

/// <summary>What goes wrong next, told through /control/faults.</summary>
/// <param name="Infno">Transaction it applies to; <c>*</c> for any.</param>
/// <param name="Mode"><c>delay</c>, <c>lose-answer</c> (carried out, no answer), <c>refuse</c> (infcode -1), <c>error</c> (500, not carried out), <c>duplicate</c> (delivered twice).</param>
/// <param name="Count">How many times.</param>
/// <param name="Match">Applies only to messages whose number holds this.</param>
public sealed record Fault(string Infno, string Mode, int Count = 1, int Milliseconds = 0, string? Match = null);

public sealed class Faults
{
    private readonly List<Fault> planned = [];

    public static readonly string[] Modes = ["delay", "lose-answer", "refuse", "error", "duplicate"];

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

    public Fault? Take(string infno, string text)
    {
        lock (planned)
        {
            var index = planned.FindIndex(fault => (fault.Infno == infno || fault.Infno == "*") && (fault.Match is null || text.Contains(fault.Match, StringComparison.Ordinal)));
            if (index < 0) return null;
            var fault = planned[index];
            if (fault.Count > 1) planned[index] = fault with { Count = fault.Count - 1 };
            else planned.RemoveAt(index);
            return fault;
        }
    }
}
