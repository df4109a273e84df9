using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Health.Hl7v2;

namespace Health.Adapters.Sources;

/// <summary>What a local code stands for.</summary>
/// <param name="System">FHIR system URI.</param>
public sealed record LocalCode(string System, string Code, string? Display = null);

/// <summary>One sending system of one institution, as data: a JSON file in the sources folder.</summary>
public sealed record SourceProfile
{
    /// <summary>Short name, unique on the node: <c>mych</c>. Part of every idempotency key, so it never changes.</summary>
    public required string Id { get; init; }

    /// <summary>Code of the institution in the register.</summary>
    public required string InstitutionCode { get; init; }

    /// <summary>MSH-3.1 of its messages; null takes any application of the facility.</summary>
    public string? SendingApplication { get; init; }

    /// <summary>MSH-4.1 of its messages; null takes any facility of the application.</summary>
    public string? SendingFacility { get; init; }

    /// <summary>Character set it is known to send (table 0211 name), stronger than MSH-18; null detects.</summary>
    public string? Charset { get; init; }

    /// <summary><c>mllp</c>, <c>http</c>, <c>file</c> or <c>sql-view</c>.</summary>
    public string Door { get; init; } = "mllp";

    /// <summary>Only for doors <c>file</c> and <c>sql-view</c>: <c>mllp</c> and <c>http</c> when messages of this source are taken there too.</summary>
    public IReadOnlyList<string> AlsoDoors { get; init; } = [];

    /// <summary>Takes messages whose sender no other profile names (demo and test only).</summary>
    public bool AcceptsUnknownSenders { get; init; }

    /// <summary>Zone of timestamps that name none, <c>+08:00</c>.</summary>
    public string DefaultZone { get; init; } = "+08:00";

    /// <summary>Local code system name (CWE.3, or a field path) to FHIR system URI.</summary>
    public IReadOnlyDictionary<string, string> LocalCodeSystems { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The hospital's own codes in national or international ones: by coding system name (CWE.3) or field path, then by code. The local code
    /// stays; the other one goes before it.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, LocalCode>> LocalCodes { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, LocalCode>>();

    /// <summary>
    /// Fields this hospital sends elsewhere: the place the standard gives them to the place they are at, <c>"PID-26": "ZPI-3"</c>. Applied
    /// before the mapping, in this order.
    /// </summary>
    public IReadOnlyDictionary<string, string> MovedFields { get; init; } = new Dictionary<string, string>();

    /// <summary>SHA-256 of the client certificate (hex) its MLLPS connections present; null: it does not use MLLPS.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>Only for door <c>sql-view</c>.</summary>
    public SqlViewSettings? SqlView { get; init; }

    /// <summary>Only for door <c>file</c>.</summary>
    public FileDropSettings? FileDrop { get; init; }

    /// <summary>Acknowledgements, sequence numbers, and what is taken at all.</summary>
    public ProtocolSettings Protocol { get; init; } = new();

    /// <summary><see cref="DefaultZone"/> as an offset from UTC.</summary>
    [JsonIgnore]
    public TimeSpan DefaultOffset => TimeSpan.Parse(DefaultZone.TrimStart('+'));

    internal const string NameRule = "id must be 1 to 40 lower-case letters, digits and dashes.";

    internal static bool IsName(string id) => id.Length is > 0 and <= 40 && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    internal static bool IsZone(string zone) => Regex.IsMatch(zone, "^[+-](0\\d|1[0-4]):[0-5]\\d$");

    /// <summary>What is wrong with this profile, in words that say what would be right; null when nothing is.</summary>
    internal string? Problem()
    {
        if (!IsName(Id)) return NameRule;
        if (InstitutionCode.Length == 0) return "institutionCode must be the registered code of the institution.";
        if (Door is not ("mllp" or "http" or "file" or "sql-view")) return $"door is '{Door}'; it must be mllp, http, file or sql-view.";
        if (AlsoDoors.FirstOrDefault(door => door is not ("mllp" or "http")) is { } unknown) return $"alsoDoors names '{unknown}'; it must name mllp, http or both.";
        if (AlsoDoors.Count > 0 && Door is ("mllp" or "http")) return "alsoDoors is for door file and sql-view: what comes over MLLP is taken over HTTP too, and the other way round.";
        if (Charset is not null && Hl7Charset.FromName(Charset) is null) return $"charset is '{Charset}'; it must be a name of HL7 table 0211 such as UNICODE UTF-8 or GB 18030-2000.";
        if (!IsZone(DefaultZone)) return $"defaultZone is '{DefaultZone}'; it must be an offset such as +08:00.";
        if (Protocol.Problem() is { } disagreed) return disagreed;
        if (AcceptsUnknownSenders && Protocol.Queries) return "protocol.queries cannot be set where unknown senders are accepted.";
        if (Door == "file" && (FileDrop is null ? "door file needs fileDrop." : FileDrop.Problem()) is { } misplaced) return misplaced;
        if (MovedFields.SelectMany(move => new[] { move.Key, move.Value }).FirstOrDefault(path => !Hl7Path.TryParse(path, out var parsed) || parsed.Field == 0 || parsed.Segment == "MSH") is { } wrong)
            return $"movedFields names '{wrong}'; it must be a field such as PID-26 outside MSH.";
        if (Door == "sql-view")
            return SqlView is null ? "door sql-view needs sqlView."
                : SqlView.Problem() ?? (SendingFacility is null && SendingApplication is null ? "sendingFacility is needed: its messages carry it in MSH-4." : null);
        return SendingApplication is null && SendingFacility is null && !AcceptsUnknownSenders ? "sendingApplication (MSH-3) or sendingFacility (MSH-4) is needed to know its messages." : null;
    }
}
