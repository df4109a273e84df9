using System.Collections.Frozen;

namespace Health.Adapters.Mapping.Tables;

internal sealed record KnownCode(string System, string Code, string? Display = null);

/// <summary>Codes of a standard table, for fields whose senders leave out the coding system.</summary>
internal sealed class CodeTable(IReadOnlyDictionary<string, KnownCode> codes)
{
    private readonly FrozenDictionary<string, KnownCode> codes = codes.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A table whose codes keep their letters.</summary>
    public static CodeTable Of(string system, params string[] codes) => new(codes.ToDictionary(code => code, code => new KnownCode(system, code)));

    public KnownCode? Find(string code) => codes.GetValueOrDefault(code);

    /// <summary>This table, and what it lacks from another.</summary>
    public CodeTable Or(CodeTable other) =>
        new(codes.Concat(other.codes.Where(entry => !codes.ContainsKey(entry.Key))).ToDictionary(entry => entry.Key, entry => entry.Value));
}
