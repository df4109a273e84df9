using System.Text.RegularExpressions;

namespace Health.Fhir.Wire.Xml;

/// <summary>FHIR's decimals and integers are numbers of JSON as written. http://hl7.org/fhir/R4/datatypes.html#decimal</summary>
internal static partial class JsonNumber
{
    public const int MaxDigits = 1000;

    public static bool IsOne(string text) => text.Length <= MaxDigits && Form().IsMatch(text);

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
