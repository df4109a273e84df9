using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Health.Adapters.Mapping.Outbound;
using Health.Adapters.Sources;
using Health.Hl7v2;

namespace Health.Adapters.Outbound;

/// <summary>When a destination is tried again, and when a message is given to a person.</summary>
public sealed record BackOffSettings
{
    /// <summary>After the first failure; doubled with each further one.</summary>
    public double FirstSeconds { get; init; } = 1;

    public double MostSeconds { get; init; } = 300;

    /// <summary>Answers AE or CE after which a message is a dead letter. No answer is tried for ever.</summary>
    public int Errors { get; init; } = 8;

    internal TimeSpan Delay(int failures) => TimeSpan.FromSeconds(Math.Min(MostSeconds, FirstSeconds * Math.Pow(2, Math.Clamp(failures - 1, 0, 30))));
}

/// <summary>MLLPS to a destination.</summary>
public sealed record DestinationTls
{
    /// <summary>
    /// SHA-256 (hex) of the certificate the destination presents; null: one that the machine's authorities vouch for, for the host of the
    /// address.
    /// </summary>
    public string? ServerCertificate { get; init; }
}

/// <summary>One receiving system of one institution, as data: a JSON file in the destinations folder.</summary>
public sealed record DestinationProfile
{
    private static readonly string[] KnownVersions = ["2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2", "2.9"];
    private static readonly string[] KnownEvents = ["ADT", "ORU", "MDM"];

    /// <summary>Short name, unique on the node, for ever: part of the key that makes a repeated look no second message.</summary>
    public required string Id { get; init; }

    /// <summary>Code of the institution in the register. What it wrote itself is never sent to it.</summary>
    public required string InstitutionCode { get; init; }

    /// <summary><c>host:port</c>.</summary>
    public required string Address { get; init; }

    /// <summary>Null: plain MLLP, for loopback and isolated networks.</summary>
    public DestinationTls? Tls { get; init; }

    /// <summary>MSH-3 and MSH-4 of what is sent.</summary>
    public string SendingApplication { get; init; } = "HEALTH";
    public string SendingFacility { get; init; } = "HIE";

    /// <summary>MSH-5 and MSH-6.</summary>
    public required string ReceivingApplication { get; init; }
    public required string ReceivingFacility { get; init; }

    /// <summary>MSH-12.</summary>
    public string Version { get; init; } = "2.5.1";

    /// <summary>MSH-11: P, T or D.</summary>
    public string ProcessingId { get; init; } = "P";

    /// <summary>UTF-8 or GB 18030: the sets that lack no character.</summary>
    public string Charset { get; init; } = "UNICODE UTF-8";

    /// <summary>Message types (<c>ORU</c>) and events (<c>ADT^A40</c>) that are sent.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary><c>own</c>: residents who have a Patient or Encounter of the institution. <c>all</c>: everyone.</summary>
    public string Residents { get; init; } = "own";

    /// <summary>Institutions whose changes are sent; null: those of every other one.</summary>
    public IReadOnlyList<string>? From { get; init; }

    /// <summary>Asks for a commit acknowledgement (MSH-15 AL, MSH-16 NE) in place of the original mode.</summary>
    public bool EnhancedMode { get; init; }

    /// <summary>Release of MLLP the receiver speaks: <c>1</c>, or <c>2</c> with its commit blocks.</summary>
    public int MllpRelease { get; init; } = 1;

    /// <summary>How long an answer is waited for.</summary>
    public double AnswerWithinSeconds { get; init; } = 30;

    public BackOffSettings BackOff { get; init; } = new();

    /// <summary>What a dead letter does to those behind it: <c>continue</c> or <c>stop</c>.</summary>
    public string OnDeadLetter { get; init; } = "continue";

    /// <summary>Zone in which times are told.</summary>
    public string Zone { get; init; } = "+08:00";

    /// <summary>Institution codes by the names this destination has for them.</summary>
    public IReadOnlyDictionary<string, string> Authorities { get; init; } = new Dictionary<string, string>();

    /// <summary>FHIR code systems by the names this destination has for them (CWE.3).</summary>
    public IReadOnlyDictionary<string, string> CodeSystemNames { get; init; } = new Dictionary<string, string>();

    [JsonIgnore]
    internal (string Host, int Port) Endpoint => ProtocolSettings.Endpoint(Address)!.Value;

    [JsonIgnore]
    internal OutboundNames Names => new(SendingApplication, TimeSpan.Parse(Zone.TrimStart('+')), Authorities, CodeSystemNames);

    [JsonIgnore]
    internal OutboundHeader Header =>
        new(SendingApplication, SendingFacility, ReceivingApplication, ReceivingFacility, Version, ProcessingId, Hl7Charset.FromName(Charset)!, EnhancedMode);

    [JsonIgnore]
    internal bool Stops => OnDeadLetter == "stop";

    internal bool Wants(OutboundEvent one) => Events.Contains(one.Code) || Events.Contains($"{one.Code}^{one.Trigger}");

    /// <summary>Resource types whose changes can become one of its events.</summary>
    internal IReadOnlyList<string> ResourceTypes() =>
    [
        .. Sends("ADT") ? ["Patient", "Encounter"] : Array.Empty<string>(),
        .. Sends("ORU") ? ["DiagnosticReport", "Observation"] : Array.Empty<string>(),
        .. Sends("MDM") ? ["DocumentReference"] : Array.Empty<string>(),
    ];

    /// <summary>What is wrong with this profile, in words that say what would be right; null when nothing is.</summary>
    internal string? Problem()
    {
        if (!SourceProfile.IsName(Id)) return SourceProfile.NameRule;
        if (InstitutionCode.Length == 0) return "institutionCode must be the registered code of the institution.";
        if (ProtocolSettings.Endpoint(Address) is null) return $"address is '{Address}'; it must be host:port such as 10.1.2.3:2575.";
        if (Tls?.ServerCertificate is { } pin && !Regex.IsMatch(pin, "^[0-9A-Fa-f]{64}$"))
            return "tls.serverCertificate must be a SHA-256 fingerprint of 64 hexadecimal digits.";
        if (ReceivingApplication.Length == 0 || ReceivingFacility.Length == 0)
            return "receivingApplication (MSH-5) and receivingFacility (MSH-6) must say who receives.";
        if (!KnownVersions.Contains(Version)) return $"version is '{Version}'; it must be one of {string.Join(", ", KnownVersions)}.";
        if (ProcessingId is not ("P" or "T" or "D")) return $"processingId is '{ProcessingId}'; it must be P, T or D.";
        if (Hl7Charset.FromName(Charset) is not { } charset || (charset != Hl7Charset.Utf8 && charset != Hl7Charset.Gb18030))
            return $"charset is '{Charset}'; it must be UNICODE UTF-8 or GB 18030-2000, which lack no character.";
        if (Events.Count == 0 || Events.FirstOrDefault(name => !KnownEvents.Contains(name.Split('^')[0])) is not null)
            return "events must name some of ADT, ORU and MDM, or events of them such as ADT^A40.";
        if (Residents is not ("own" or "all")) return $"residents is '{Residents}'; it must be own or all.";
        if (From is { Count: 0 }) return "from must name institutions, or be left out for all.";
        if (MllpRelease is not (1 or 2)) return $"mllpRelease is {MllpRelease}; it must be 1 or 2.";
        if (AnswerWithinSeconds is not (> 0 and <= 600)) return "answerWithinSeconds must be above 0 and at most 600.";
        if (BackOff.FirstSeconds is not (> 0 and <= 3600) || BackOff.MostSeconds < BackOff.FirstSeconds || BackOff.MostSeconds > 86_400)
            return "backOff.firstSeconds must be above 0, and mostSeconds not below it and at most 86400.";
        if (BackOff.Errors is < 1 or > 1000) return "backOff.errors must be from 1 to 1000.";
        if (OnDeadLetter is not ("continue" or "stop")) return $"onDeadLetter is '{OnDeadLetter}'; it must be continue or stop.";
        return SourceProfile.IsZone(Zone) ? null : $"zone is '{Zone}'; it must be an offset such as +08:00.";
    }

    private bool Sends(string code) => Events.Any(name => name.Split('^')[0] == code);
}

/// <summary>The destination profiles of this node, read once at start.</summary>
public sealed class DestinationRegistry(IReadOnlyList<DestinationProfile> all)
{
    public IReadOnlyList<DestinationProfile> All => all;

    /// <param name="folder">Null: no destinations.</param>
    /// <exception cref="InvalidOperationException">A file is wrong; the message says which and what would be right.</exception>
    public static DestinationRegistry Load(string? folder) =>
        string.IsNullOrEmpty(folder)
            ? new DestinationRegistry([])
            : new DestinationRegistry(new ProfileFolder<DestinationProfile>(folder, "DestinationsFolder", "destination", profile => profile.Id, profile => profile.Problem()).Read());

    public DestinationProfile? ById(string id) => all.FirstOrDefault(profile => profile.Id == id);
}
