using Health.Adapters.Mapping.Tables;
using Health.Adapters.Sources;
using Health.Hl7v2;

namespace Health.Adapters.Certification;

/// <summary>
/// Codes of the hospital's own that neither name a known system nor have a translation: in the message (CWE.4 to 6) or in the profile. Only
/// fields that name things are looked at, never one that could name a person.
/// </summary>
internal sealed class CodeWorkList(SourceProfile source)
{
    private const int MostCodes = 5000;
    private static readonly Hl7Path[] Places =
        [.. new[]
        {
            "PV1-10", "DG1-3", "AL1-3", "PR1-3", "IN1-2", "OBR-4", "OBX-3", "OBX-6", "SPM-4", "RXO-1", "RXE-2", "RXD-2", "RXA-5", "RXC-2", "RXR-1", "FT1-7", "TXA-2", "PRB-3", "SCH-7", "AIS-3",
        }.Select(Hl7Path.Parse)];

    private readonly Dictionary<(string Place, string? System, string Code), LocalCodeCount> codes = [];

    /// <summary>How often a code was looked at.</summary>
    public int Seen { get; private set; }

    public IReadOnlyList<LocalCodeCount> Codes => [.. codes.Values.OrderByDescending(code => code.Count).ThenBy(code => code.Place, StringComparer.Ordinal).ThenBy(code => code.Code, StringComparer.Ordinal)];

    public void Take(Hl7Message message, string controlId)
    {
        foreach (var place in Places)
            foreach (var segment in message.Segments(place.Segment))
                foreach (var cwe in segment[place.Field].Repetitions) Take(cwe, place.ToString(), controlId);
    }

    private void Take(RepetitionView cwe, string place, string controlId)
    {
        if (cwe.Component(1).ToText().Trim() is not { Length: > 0 } code) return;
        Seen++;
        var system = cwe.Component(3).ToText().Trim() is { Length: > 0 } said ? said : null;
        if (IsTranslated(cwe, place, system, code)) return;
        var key = (place, system, code);
        if (codes.TryGetValue(key, out var known)) codes[key] = known with { Count = known.Count + 1 };
        else if (codes.Count < MostCodes) codes[key] = new LocalCodeCount(place, system, code, cwe.Component(2).ToText().Trim() is { Length: > 0 } name ? name : null, 1, controlId, cwe.Path);
    }

    private bool IsTranslated(RepetitionView cwe, string place, string? system, string code)
    {
        if (CodeSystems.IsKnown(system) || CodeSystems.IsKnown(cwe.Component(6).ToText().Trim())) return true;
        var name = system is null or "L" or "99zzz" ? place : system;
        if (source.LocalCodeSystems.ContainsKey(name)) return true;
        return (source.LocalCodes.TryGetValue(name, out var table) || source.LocalCodes.TryGetValue(place, out table)) && table.ContainsKey(code);
    }
}
