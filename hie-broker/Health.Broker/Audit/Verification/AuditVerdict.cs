namespace Health.Broker.Audit.Verification;

/// <summary>
/// What a verification found. <paramref name="Size"/> and <paramref name="Root"/> (hexadecimal) are of the last checkpoint whose root was
/// recomputed, <paramref name="Facts"/> counts the facts read, <paramref name="Unlogged"/> those too young to be in the log.
/// <paramref name="Findings"/> name exact places, at most <see cref="MostFindings"/> of them.
/// </summary>
public sealed record AuditVerdict(long Size, string? Root, long Facts, long Unlogged, IReadOnlyList<string> Findings)
{
    public const int MostFindings = 1000;

    public bool IsIntact => Findings.Count == 0;

    public override string ToString() => IsIntact
        ? $"audit log intact: {Facts} facts, {Size} in the signed log (root {Root ?? "none"}), {Unlogged} younger than it"
        : string.Join('\n', Findings);
}

/// <summary>Collects findings up to a bound.</summary>
internal sealed class Findings
{
    private readonly List<string> places = [];

    public IReadOnlyList<string> Places => places;

    public void Add(string place)
    {
        if (places.Count < AuditVerdict.MostFindings) places.Add(place);
    }
}
