using System.Collections.Concurrent;
using System.Text;
using Health.Fhir.Terminology;

namespace Health.Fhir.Validation;

/// <summary>The codes of a value set, found by their UTF-8 bytes.</summary>
public sealed class CodeTable
{
    private static readonly ConcurrentDictionary<string, CodeTable?> Known = new();
    private readonly Dictionary<string, List<CodeOf>>.AlternateLookup<ReadOnlySpan<char>> byCode;

    public CodeTable(IReadOnlyCollection<CodeOf> codes)
    {
        var map = new Dictionary<string, List<CodeOf>>(codes.Count);
        foreach (var code in codes)
        {
            if (!map.TryGetValue(code.Code, out var same)) map[code.Code] = same = [];
            same.Add(code);
        }

        byCode = map.GetAlternateLookup<ReadOnlySpan<char>>();
        Sample = string.Join(", ", codes.Take(MaxSample).Select(code => code.Code)) + (codes.Count > MaxSample ? " …" : "");
    }

    private const int MaxSample = 20, LongestCode = 256;

    /// <summary>Some of the codes, for an error text.</summary>
    public string Sample { get; }

    /// <summary>The codes of a value set of R4 itself; null when they cannot be enumerated.</summary>
    public static CodeTable? OfValueSet(string canonical) => Known.GetOrAdd(canonical, static url => CodeLibrary.R4.Expand(url) is { } expansion ? new CodeTable(expansion) : null);

    public bool Has(ReadOnlySpan<byte> code)
    {
        Span<char> text = stackalloc char[LongestCode];
        return Encoding.UTF8.TryGetChars(code, text, out var length) && byCode.ContainsKey(text[..length]);
    }

    public bool Has(string? system, string code) => byCode.TryGetValue(code, out var same) && (system is null || same.Exists(one => one.System == system));
}
