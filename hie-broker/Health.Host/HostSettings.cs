using Health.Contracts;
using Npgsql;

namespace Health.Host;

/// <summary>Settings of the host, section <c>Health</c>. Read once at start; a wrong value stops the start with a line that says what would be right.</summary>
public sealed record HostSettings(
    string Database,
    string DataFolder,
    string NodeId,
    string Tier,
    string DivisionCode,
    string BaseUrl,
    bool IsDevelopment,
    IReadOnlyList<string> Modules)
{
    private const int MostPrepared = 200, UsagesBeforePreparing = 3;

    public static readonly string[] AllModules = ["Identity", "Broker", "Fhir", "Adapters", "CardBridge", "Console"];

    /// <exception cref="InvalidOperationException">A setting is missing or wrong.</exception>
    public static HostSettings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Health");
        var settings = new HostSettings(
            section["Database"] ?? throw new InvalidOperationException("Health:Database is missing: a PostgreSQL connection string."),
            section["DataFolder"] ?? throw new InvalidOperationException("Health:DataFolder is missing: the folder for keys and files."),
            section["Node:Id"] ?? "city",
            section["Node:Tier"] ?? "city",
            section["Node:DivisionCode"] ?? "510700",
            (section["BaseUrl"] ?? "http://127.0.0.1:8080").TrimEnd('/'),
            section.GetValue("Development", false),
            section.GetSection("Modules").Get<string[]>() ?? AllModules);
        settings.Check();
        return settings;
    }

    public NodeIdentity Node() => new(NodeId, Tier, DivisionCode) { IsDevelopment = IsDevelopment, DataFolder = DataFolder, BaseUrl = BaseUrl };

    /// <summary>
    /// The connection string of the modules' own statements: there are a few hundred texts, each parsed and planned once per connection instead of
    /// every time. What the operator set himself stays.
    /// </summary>
    public string PreparedDatabase()
    {
        var connection = new NpgsqlConnectionStringBuilder(Database);
        if (connection.MaxAutoPrepare == 0) (connection.MaxAutoPrepare, connection.AutoPrepareMinUsages) = (MostPrepared, UsagesBeforePreparing);
        return connection.ConnectionString;
    }

    private void Check()
    {
        try
        {
            _ = new NpgsqlConnectionStringBuilder(Database);
        }
        catch (ArgumentException e)
        {
            throw new InvalidOperationException("Health:Database is not a PostgreSQL connection string, such as Host=…;Database=…;Username=…;Password=….", e);
        }

        if (Tier is not ("city" or "county")) throw new InvalidOperationException($"Health:Node:Tier is '{Tier}'; it must be city or county.");
        if (DivisionCode.Length != 6 || !DivisionCode.All(char.IsAsciiDigit))
            throw new InvalidOperationException($"Health:Node:DivisionCode is '{DivisionCode}'; it must be a six-digit GB/T 2260 code such as 510700.");
        if (Modules.Except(AllModules).FirstOrDefault() is { } unknown)
            throw new InvalidOperationException($"Health:Modules names '{unknown}'; known are {string.Join(", ", AllModules)}.");
    }
}
