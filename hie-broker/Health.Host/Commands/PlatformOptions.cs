using System.CommandLine;

namespace Health.Host.Commands;

/// <summary>Where a platform lives: the same three options on every verb that speaks to one.</summary>
public sealed record PlatformAddress(string Data, int Port, int MllpPort)
{
    private const int DefaultPort = 8080, DefaultMllpPort = 2575;

    public string BaseUrl => $"http://127.0.0.1:{Port}";
    public int MllpsPort => MllpPort + 1;
    public int DeskPort => 8091 + Port - DefaultPort;
    public int HospitalPort => 8092 + Port - DefaultPort;
    public int InsurerPort => 8093 + Port - DefaultPort;
    public int CityCardPort => 8094 + Port - DefaultPort;
    public int AcquirerPort => 8096 + Port - DefaultPort;
    public int ChipPort => 8095 + Port - DefaultPort;

    public string PostgresFolder => Path.Combine(Data, "postgres");
    public string ClientsFolder => Path.Combine(Data, "clients");
    public string ChipsFolder => Path.Combine(Data, "chips");
    public string SourcesFolder => Path.Combine(Data, "sources");

    /// <summary>Options <c>--data</c>, <c>--port</c>, <c>--mllp-port</c>; add them to a command and read them back with <see cref="Read"/>.</summary>
    public sealed class Options
    {
        public Option<string> Data { get; } = new("--data") { Description = "Folder for database, keys and files. 数据目录", DefaultValueFactory = _ => DataFolder.Default() };
        public Option<int> Port { get; } = new("--port") { Description = "HTTP port; the other ports move by the same distance. HTTP 端口", DefaultValueFactory = _ => DefaultPort };
        public Option<int> MllpPort { get; } = new("--mllp-port") { Description = "MLLP port; MLLPS is the next one. MLLP 端口", DefaultValueFactory = _ => DefaultMllpPort };

        public void AddTo(Command command)
        {
            command.Options.Add(Data);
            command.Options.Add(Port);
            command.Options.Add(MllpPort);
            foreach (var port in new[] { Port, MllpPort })
                port.Validators.Add(result =>
                {
                    if (int.TryParse(result.Tokens.Count > 0 ? result.Tokens[0].Value : null, out var value) && value is < 1 or > 65000) result.AddError($"{port.Name} must be between 1 and 65000.");
                });
        }

        public PlatformAddress Read(ParseResult parsed) =>
            new(Path.GetFullPath(parsed.GetValue(Data)!), parsed.GetValue(Port), parsed.GetValue(MllpPort));
    }
}
