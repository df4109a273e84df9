using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Health.Adapters.Mapping.Tables;
using Health.Adapters.Sources;
using Health.Contracts;

namespace Health.Adapters.Mapping;

/// <summary>
/// What a source profile makes of names: URIs of the institution's own systems, coding system names, local codes. Computed once per name;
/// a sender that keeps inventing names fills the memory of its source only so far.
/// </summary>
internal sealed class SourceNames
{
    private const int Most = 4096;
    private static readonly ConditionalWeakTable<SourceProfile, SourceNames> Known = [];
    private readonly SourceProfile source;
    private readonly ConcurrentDictionary<string, string> own = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> kinds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string? Name, string Place, string Suffix), string> systems = [];

    private SourceNames(SourceProfile source)
    {
        this.source = source;
        Zone = source.DefaultOffset;
        OrganizationId = source.InstitutionCode.ToLowerInvariant();
        PatientSystem = IdentifierSystems.LocalPatient(source.InstitutionCode);
        VisitSystem = IdentifierSystems.LocalVisit(source.InstitutionCode);
        HasLocalCodes = source.LocalCodes.Count > 0;
    }

    public static SourceNames Of(SourceProfile source) => Known.GetValue(source, static profile => new SourceNames(profile));

    public TimeSpan Zone { get; }

    /// <summary>Id of the institution's Organization.</summary>
    public string OrganizationId { get; }

    /// <summary>Systems of the institution's patient and visit numbers.</summary>
    public string PatientSystem { get; }
    public string VisitSystem { get; }
    public bool HasLocalCodes { get; }

    public string OwnSystem(string kind) => Remembered(own, kind, this, static (kind, names) => $"urn:health:institution:{names.source.InstitutionCode}:{kind}");

    /// <summary>The system under which resources of a type get their ids.</summary>
    public string OwnSystemOf(string resourceType) => Remembered(kinds, resourceType, this, static (type, names) => names.OwnSystem(type.ToLowerInvariant()));

    /// <summary>The FHIR system of a coding system name (CWE.3) at a place.</summary>
    public string CodeSystem(string? name, string place, string suffix) =>
        Remembered(systems, (name, place, suffix), this, static (key, names) => CodeSystems.Resolve(key.Item1, key.Item2 + key.Item3, names.source.LocalCodeSystems, names));

    public KnownCode? LocalCode(string place, string? system, string code)
    {
        if (!source.LocalCodes.TryGetValue(system is null or "L" ? place : system, out var table) && !source.LocalCodes.TryGetValue(place, out table)) return null;
        return table.TryGetValue(code, out var found) ? new KnownCode(found.System, found.Code, found.Display) : null;
    }

    private static string Remembered<TKey>(ConcurrentDictionary<TKey, string> known, TKey key, SourceNames names, Func<TKey, SourceNames, string> make) where TKey : notnull
    {
        if (known.TryGetValue(key, out var found)) return found;
        var made = make(key, names);
        if (known.Count < Most) known.TryAdd(key, made);
        return made;
    }
}
