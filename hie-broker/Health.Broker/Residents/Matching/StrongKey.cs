using System.Text.RegularExpressions;
using Health.Contracts;

namespace Health.Broker.Residents.Matching;

/// <summary>Kinds of strong identifiers, most trusted first.</summary>
internal enum KeyKind { IdNumber, HealthCard, CityCard, RecordNumber }

/// <summary>A strong identifier in normal form. A value that cannot be one (wrong check character, placeholder) is none.</summary>
internal readonly partial record struct StrongKey(KeyKind Kind, string Value)
{
    // The same cards under the OIDs of the HL7 China test guides.
    private const string ChineseTestIdCard = "urn:oid:2.16.840.1.113883.2.23.1.19.1";
    private const int Shortest = 6, Longest = 64;

    /// <summary>The name of the kind in stored events and tables.</summary>
    public string KindCode => CodeOf(Kind);

    public static string CodeOf(KeyKind kind) => kind switch
    {
        KeyKind.IdNumber => "id-number",
        KeyKind.HealthCard => "health-card",
        KeyKind.CityCard => "city-card",
        _ => "record-number",
    };

    public static StrongKey? Of(PersonIdentifier identifier)
    {
        var value = NameFolding.Fold(identifier.Value).ToUpperInvariant();
        return identifier.System switch
        {
            IdentifierSystems.ResidentId or ChineseTestIdCard => ResidentIdNumber.TryParse(value, out var number) ? new StrongKey(KeyKind.IdNumber, number.Value) : null,
            IdentifierSystems.HealthCard when IsCredible(value) => new StrongKey(KeyKind.HealthCard, value),
            IdentifierSystems.CityCard when IsCredible(value) => new StrongKey(KeyKind.CityCard, value),
            IdentifierSystems.HealthRecordNumber when RecordNumber().IsMatch(value) => new StrongKey(KeyKind.RecordNumber, value),
            _ => null,
        };
    }

    // Sources fill required fields with 0, 000000 or 999999999.
    private static bool IsCredible(string value) => value.Length is >= Shortest and <= Longest && value.AsSpan().ContainsAnyExcept(value[0]);

    /// <summary>WS 365: county (6), township (3), village (3: 0xx, 1xx or 9xx), sequence (5, from 1).</summary>
    [GeneratedRegex(@"^\d{9}[019]\d{2}(?!00000)\d{5}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RecordNumber();
}
