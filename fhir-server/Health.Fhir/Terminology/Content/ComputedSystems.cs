using System.Text.RegularExpressions;

namespace Health.Fhir.Terminology;

/// <summary>Code systems that are a grammar, or a short list FHIR does not carry: UCUM, media types, language tags, currencies.</summary>
public static partial class ComputedSystems
{
    public const string Ucum = "http://unitsofmeasure.org", MediaTypes = "urn:ietf:bcp:13", Languages = "urn:ietf:bcp:47", Currencies = "urn:iso:std:iso:4217";

    // ISO 4217, active codes.
    private static readonly HashSet<string> CurrencyCodes = [.. (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD "
        + "EGP ERN ETB EUR FJD FKP GBP GEL GGP GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS IMP INR IQD IRR ISK JEP JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
        + "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLL SOS SRD SSP STN SVC "
        + "SYP SZL THB TJS TMT TND TOP TRY TTD TVD TWD TZS UAH UGX USD USN UYI UYU UZS VEF VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWL").Split(' ')];

    /// <summary>Every code; null when the system is not listed here or has no end of codes.</summary>
    public static IReadOnlyCollection<string>? Enumerate(string system) => system == Currencies ? CurrencyCodes : null;

    public static bool IsKnown(string system) => system is Ucum or MediaTypes or Languages or Currencies;

    /// <summary>null when the system is not one of these.</summary>
    public static bool? IsCode(string system, string code) => system switch
    {
        Currencies => CurrencyCodes.Contains(code),
        MediaTypes => MediaType().IsMatch(code),
        Languages => LanguageTag().IsMatch(code),
        Ucum => IsUnit(code),
        _ => null,
    };

    /// <summary>The form of a UCUM unit (https://ucum.org/ucum §2): printable ASCII without white space, brackets closed. Whether every atom exists is not looked up.</summary>
    private static bool IsUnit(string code)
    {
        if (code.Length is 0 or > 64 || code.Any(letter => letter is <= ' ' or > '~')) return false;
        var open = new Stack<char>();
        foreach (var letter in code)
        {
            if (letter is '[' or '{' or '(') open.Push(letter);
            else if (letter is ']' or '}' or ')' && (!open.TryPop(out var start) || start != letter switch { ']' => '[', '}' => '{', _ => '(' })) return false;
        }

        return open.Count == 0;
    }

    [GeneratedRegex(@"^[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}(;.{1,200})?$", RegexOptions.CultureInvariant, 200)]
    private static partial Regex MediaType();

    [GeneratedRegex("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}$", RegexOptions.CultureInvariant, 200)]
    private static partial Regex LanguageTag();
}
