using System.Buffers.Binary;
using System.Collections.Concurrent;
using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>
/// How values that may identify a person or say what ails them become index values: keyed hashes, the same when written and when searched.
/// Codes are compared without case (R4: token matches are literal, but not case sensitive); systems and URLs exactly.
/// </summary>
public sealed class Blinding(IKeyring keyring)
{
    private const int RememberedSystems = 10_000;
    private readonly ConcurrentDictionary<string, long> systems = new(StringComparer.Ordinal);

    public Guid Token(string parameter, string code) => keyring.Blind("token:" + parameter, code.ToLowerInvariant());

    /// <summary>0 for none.</summary>
    public long System(string? system) => string.IsNullOrEmpty(system) ? 0 : Remembered("system", system);

    /// <summary>Unit of a quantity, by code, by text or canonical.</summary>
    public long Unit(string unit) => Remembered("unit", unit);

    /// <summary>A reference that leads elsewhere, as target id.</summary>
    public string Url(string url) => keyring.Blind("url", url).ToString("N");

    private long Remembered(string domain, string value)
    {
        var name = $"{domain}:{value}";
        if (systems.TryGetValue(name, out var known)) return known;
        Span<byte> bytes = stackalloc byte[16];
        keyring.Blind(domain, value).TryWriteBytes(bytes);
        var hash = BinaryPrimitives.ReadInt64LittleEndian(bytes) | 1;
        // Clients choose systems: what is remembered is bounded, what is beyond is computed.
        if (systems.Count < RememberedSystems) systems[name] = hash;
        return hash;
    }
}
