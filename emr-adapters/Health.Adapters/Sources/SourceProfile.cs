namespace Health.Adapters.Sources;

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

    /// <summary><c>mllp</c>, <c>http</c> or <c>sql-view</c>.</summary>
    public string Door { get; init; } = "mllp";

    /// <summary>Takes messages whose sender no other profile names (demo and test only).</summary>
    public bool AcceptsUnknownSenders { get; init; }

    /// <summary>Zone of timestamps that name none, <c>+08:00</c>.</summary>
    public string DefaultZone { get; init; } = "+08:00";

    /// <summary>Local code system name (CWE.3, or a field path) to FHIR system URI.</summary>
    public IReadOnlyDictionary<string, string> LocalCodeSystems { get; init; } = new Dictionary<string, string>();

    /// <summary>Only for door <c>sql-view</c>.</summary>
    public SqlViewSettings? SqlView { get; init; }

    /// <summary><see cref="DefaultZone"/> as an offset from UTC.</summary>
    public TimeSpan DefaultOffset => TimeSpan.Parse(DefaultZone.TrimStart('+'));
}
