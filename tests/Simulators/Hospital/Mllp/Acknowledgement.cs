namespace Health.Simulators.Hospital.Mllp;

/// <summary>What a sender looks at: MSA-1 (AA, AE, AR, CA, CE, CR), MSA-2 (whose message), ERR segments, and the whole text.</summary>
public sealed record Acknowledgement(string Code, string ControlId, IReadOnlyList<string> Errors, string Text)
{
    public static Acknowledgement Parse(string text)
    {
        var segments = text.Split('\r', StringSplitOptions.RemoveEmptyEntries);
        var msa = segments.FirstOrDefault(segment => segment.StartsWith("MSA", StringComparison.Ordinal))?.Split('|') ?? [];
        return new Acknowledgement(
            msa.Length > 1 ? msa[1] : "",
            msa.Length > 2 ? msa[2] : "",
            [.. segments.Where(segment => segment.StartsWith("ERR", StringComparison.Ordinal))],
            text);
    }
}
