namespace Health.CardAgent;

/// <summary>
/// Settings of the desk agent (section <c>Agent</c>, command line or environment <c>Agent__Name</c>). Checked once at start; the message names
/// the setting and what would be right.
/// </summary>
public sealed record AgentSettings
{
    /// <summary>Name of the desk, unique in the region; part of every visit number.</summary>
    public string DeskId { get; init; } = "";

    /// <summary>Shown at the top of the page.</summary>
    public string InstitutionName { get; init; } = "";

    /// <summary>Terminal number of the SAMs, 12 digits.</summary>
    public string TerminalNo { get; init; } = "";

    public string DepartmentCode { get; init; } = "0300";

    /// <summary>Base address of the platform, e.g. <c>http://127.0.0.1:8080</c>.</summary>
    public string Platform { get; init; } = "";

    public string ClientId { get; init; } = "demo-desk";

    /// <summary>File with the private JWK (P-384) the client authenticates with.</summary>
    public string PrivateJwk { get; init; } = "";

    /// <summary>Scopes to ask for; empty asks for all the client has.</summary>
    public string Scope { get; init; } = "";

    /// <summary>Journal, receipts, sequences, pairing token.</summary>
    public string DataFolder { get; init; } = "";

    /// <summary><c>pcsc</c>, <c>direct</c> (a virtual chip in this process, Development only) or <c>auto</c> (pcsc when its service answers, else direct).</summary>
    public string Transport { get; init; } = "pcsc";

    /// <summary>PC/SC reader; empty takes the first.</summary>
    public string Reader { get; init; } = "";

    /// <summary>For the direct transport: image of the virtual chip; empty starts with an empty slot.</summary>
    public string ChipImage { get; init; } = "";

    /// <summary>Folder the chip control may load images from; empty: the folder of <see cref="ChipImage"/>, or the data folder.</summary>
    public string ChipFolder { get; init; } = "";

    public int Port { get; init; } = 8091;

    /// <summary>Origins of other pages that may call the agent, e.g. the hospital's own front-desk page.</summary>
    public string[] AllowedOrigins { get; init; } = [];

    /// <summary>Development only: the agent's own page is paired without the code.</summary>
    public bool AutoPair { get; init; }

    /// <summary>Training: a virtual card, published test keys, no network at all, data of its own. Needs no other setting than desk, terminal and data folder.</summary>
    public bool Training { get; init; }

    /// <summary>Software SAM, virtual chips and test identities are allowed.</summary>
    public bool Development { get; init; }

    /// <summary>What a virtual chip in this process takes for every command, in milliseconds; a real one takes about 15.</summary>
    public int ChipMilliseconds { get; init; }

    /// <summary>Highest single debit of the purse, in fen (profile §4.7: 200 yuan, configurable).</summary>
    public long SingleLimitFen { get; init; } = 20_000;

    /// <summary>Health SAM and purse SAM, two owners: <c>soft</c> (Development only), <c>pcsc:READER</c> or <c>pkcs11:TOKEN</c>.</summary>
    public string HealthSam { get; init; } = "soft";
    public string PurseSam { get; init; } = "soft";

    /// <summary>Files with the modules' PINs, readable by the agent's account alone.</summary>
    public string HealthSamPinFile { get; init; } = "";
    public string PurseSamPinFile { get; init; } = "";

    /// <summary>Version of the master keys in PC/SC modules, 0 to 7.</summary>
    public int SamKeyVersion { get; init; }

    /// <summary>The vendor's PKCS#11 library, and its mechanism numbers for derivation, ECB, CBC and the key type in hexadecimal.</summary>
    public string Pkcs11Library { get; init; } = "";
    public string Pkcs11Mechanisms { get; init; } = "";

    /// <summary>The desk's county, six digits: lists a county signs while it is cut off count there alone.</summary>
    public string Division { get; init; } = "";

    /// <summary>The city's public key for blacklists (SM2, hexadecimal, 04|X|Y or DER). Without it nothing is paid offline.</summary>
    public string BlacklistKey { get; init; } = "";

    /// <summary>Offline: registering under local numbers, and paying from the purse within the limits below.</summary>
    public bool OfflineAllowed { get; init; } = true;

    /// <summary>Highest single offline debit, in fen.</summary>
    public long OfflineSingleLimitFen { get; init; } = 20_000;

    /// <summary>Highest sum of offline debits of one chip at this desk and day, in fen.</summary>
    public long OfflineDayLimitFen { get; init; } = 50_000;

    /// <summary>How far the clock may stand behind the last journal entry or the platform's last word before payments are refused.</summary>
    public int ClockToleranceSeconds { get; init; } = 120;

    /// <summary>How often the blacklist is brought up to date.</summary>
    public int BlacklistRefreshSeconds { get; init; } = 60;

    /// <summary>Program and arguments that print a receipt from standard input, e.g. <c>lp -d desk</c>; empty: only the page prints.</summary>
    public string PrintCommand { get; init; } = "";

    /// <summary>How long the platform may take to answer.</summary>
    public int PlatformTimeoutSeconds { get; init; } = 20;

    public static AgentSettings Read(IConfiguration configuration)
    {
        var settings = configuration.GetSection("Agent").Get<AgentSettings>() ?? new AgentSettings();
        if (settings.Training) settings = settings.InTraining();
        return settings.Wrong() is { } wrong ? throw new InvalidDataException(wrong) : settings;
    }

    // Whatever else is set: nothing of a real card, module or platform is touched.
    private AgentSettings InTraining() => this with
    {
        Platform = "http://training.invalid", PrivateJwk = "training", DataFolder = DataFolder.Length == 0 ? "" : Path.Combine(DataFolder, "training"), Transport = "direct", Reader = "", HealthSam = "soft", PurseSam = "soft",
        ChipImage = "", ChipFolder = "", OfflineAllowed = false, BlacklistKey = "", PrintCommand = "",
    };

    private static bool IsKey(string hex) => hex.Length % 2 == 0 && hex.All(char.IsAsciiHexDigit) && Health.Cards.Sm2PublicKey.TryParse(Convert.FromHexString(hex)) is not null;

    private string? Wrong() => this switch
    {
        { DeskId: "" } => "Agent:DeskId is not set: give the desk a name such as YXWS-01.",
        { DeskId.Length: > 32 } => "Agent:DeskId may have 32 characters at most.",
        _ when DeskId.Any(c => !(char.IsAsciiLetterOrDigit(c) || c == '-')) => $"Agent:DeskId '{DeskId}' may hold letters, digits and '-' only.",
        _ when TerminalNo.Length != 12 || !TerminalNo.All(char.IsAsciiDigit) => $"Agent:TerminalNo '{TerminalNo}' is not 12 digits.",
        _ when !Uri.TryCreate(Platform, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") => $"Agent:Platform '{Platform}' is not an http(s) address such as http://127.0.0.1:8080.",
        { PrivateJwk: "" } => "Agent:PrivateJwk is not set: name the file with the client's private JWK.",
        { DataFolder: "" } => "Agent:DataFolder is not set.",
        _ when Transport is not ("pcsc" or "direct" or "auto") => $"Agent:Transport '{Transport}' is not pcsc, direct or auto.",
        { Transport: "direct", Development: false, Training: false } => "Agent:Transport direct is a virtual chip and needs Agent:Development=true.",
        { AutoPair: true, Development: false } => "Agent:AutoPair needs Agent:Development=true.",
        _ when Port is < 0 or > 65535 => $"Agent:Port {Port} is no port.",
        _ when Sams.DeskSamFactory.Wrong(HealthSam, nameof(HealthSam)) is { } health => health,
        _ when Sams.DeskSamFactory.Wrong(PurseSam, nameof(PurseSam)) is { } purse => purse,
        _ when SamKeyVersion is < 0 or > 7 => "Agent:SamKeyVersion is 0 to 7.",
        _ when OfflineSingleLimitFen < 0 || OfflineDayLimitFen < OfflineSingleLimitFen => "Agent:OfflineDayLimitFen must be at least Agent:OfflineSingleLimitFen, and neither negative.",
        _ when ClockToleranceSeconds < 0 || BlacklistRefreshSeconds < 1 => "Agent:ClockToleranceSeconds must not be negative, Agent:BlacklistRefreshSeconds at least 1.",
        _ when BlacklistKey.Length > 0 && !IsKey(BlacklistKey) => "Agent:BlacklistKey is no public SM2 key in hexadecimal.",
        _ when Division.Length > 0 && (Division.Length != 6 || !Division.All(char.IsAsciiDigit)) => $"Agent:Division '{Division}' is not 6 digits.",
        _ when ChipMilliseconds is < 0 or > 10_000 => "Agent:ChipMilliseconds is 0 to 10000.",
        _ when PlatformTimeoutSeconds < 1 => "Agent:PlatformTimeoutSeconds must be at least 1.",
        _ => null,
    };
}
