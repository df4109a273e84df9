namespace Health.Adapters.Sources;

/// <summary>A folder where a source leaves files of messages (<c>.hl7</c>, <c>.txt</c>). Below it the platform keeps <c>done</c> and <c>error</c>.</summary>
public sealed record FileDropSettings
{
    /// <summary>The sender may write there; a file under another ending (<c>.tmp</c>) is left alone until it is renamed.</summary>
    public string Folder { get; init; } = "";

    public double IntervalSeconds { get; init; } = 2;

    /// <summary>How long a file must stay as it is before it is taken.</summary>
    public double StableSeconds { get; init; } = 5;

    public int MaxFileBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>What is wrong, in words that say what would be right; null when nothing is.</summary>
    public string? Problem()
    {
        if (!Path.IsPathFullyQualified(Folder)) return $"fileDrop.folder is '{Folder}'; it must be a full path.";
        if (IntervalSeconds is not (>= 0.01 and <= 3600) || StableSeconds is not (>= 0 and <= 3600)) return "fileDrop.intervalSeconds must be from 0.01, stableSeconds from 0, both at most 3600.";
        return MaxFileBytes is < 1024 or > 512 * 1024 * 1024 ? "fileDrop.maxFileBytes must be from 1024 to 536870912." : null;
    }
}
