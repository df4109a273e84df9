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

    /// <summary>An identifier with the code of its type, as one value.</summary>
    public Guid TypedIdentifier(string parameter, string typeCode, string value) => keyring.Blind("typed:" + parameter, $"{typeCode.ToLowerInvariant()}|{value.ToLowerInvariant()}");

    /// <summary>A text beside a code, or the beginning of one, folded.</summary>
    public long Text(string folded) => Number(keyring.Blind("term", folded));

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
        var hash = Number(keyring.Blind(domain, value)) | 1;
        // Clients choose systems: what is remembered is bounded, what is beyond is computed.
        if (systems.Count < RememberedSystems) systems[name] = hash;
        return hash;
    }

    private static long Number(Guid blinded)
    {
        Span<byte> bytes = stackalloc byte[16];
        blinded.TryWriteBytes(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }
}
