using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Health.Simulators.Insurer;

/// <summary>
/// The national catalogue as far as the simulator needs it: service items (15 digits), drugs (23 characters), consumables (C and 20 digits).
/// The demo institutions have mapped some local codes of theirs. A line outside both is unmapped. Codes can be mapped or unmapped through /control/catalogue.
/// </summary>
public sealed partial class Catalogue
{
    private readonly ConcurrentDictionary<string, bool?> told = new() { ["GH001"] = true, ["XY0212"] = true, ["JC0105"] = true };

    /// <summary>True: covered by the fund; false: mapped, not covered; null: unmapped.</summary>
    public bool? Covers(string code)
    {
        if (told.TryGetValue(code, out var covered)) return covered;
        return NationalForm().IsMatch(code) ? true : null;
    }

    public void Tell(string code, bool? covered) => told[code] = covered;

    [GeneratedRegex("^(00[0-9]{13}|[XZ][0-9A-Z]{22}|C[0-9]{20})$")]
    private static partial Regex NationalForm();
}
