using System.Net;
using Microsoft.Extensions.Configuration;

namespace Health.Adapters;

/// <summary>Settings of the doors, section <c>Health:Adapters</c>. Read at start; a wrong value stops the start with a line that says what would be right.</summary>
public sealed record AdapterSettings
{
    /// <summary>Folder of source profiles; null: none.</summary>
    public string? SourcesFolder { get; init; }

    /// <summary>Folder of destination profiles, the hospitals that changes are sent to; null: none.</summary>
    public string? DestinationsFolder { get; init; }

    /// <summary>Where MLLP listens; plain MLLP belongs on loopback or an isolated network.</summary>
    public IPAddress MllpAddress { get; init; } = IPAddress.Loopback;

    /// <summary>0 takes a free port; -1: plain MLLP is not offered.</summary>
    public int MllpPort { get; init; } = 2575;

    /// <summary>Where MLLP release 2 listens (commit blocks beside HL7 acknowledgements); null: not offered, 0 takes a free port.</summary>
    public int? MllpR2Port { get; init; }

    public int MaxMessageBytes { get; init; } = 20 * 1024 * 1024;

    public int MaxConnections { get; init; } = 256;

    /// <summary>Of <see cref="MaxConnections"/>, how many one address may hold; more are closed at once, so that one machine never takes every place.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 128;

    /// <summary>How long a new connection may be silent before its first message.</summary>
    public TimeSpan FirstMessageTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a connection may be silent between messages.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long one message may take from its first byte to its last, and its answer to be taken.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Senders that may wait for one commit before the workers step back, so that acknowledgements do not wait for them.</summary>
    public int WaitingSenders { get; init; } = 4;

    /// <summary>MLLPS with client certificates; null: not offered.</summary>
    public TlsSettings? Tls { get; init; }

    /// <exception cref="InvalidOperationException">A setting is wrong.</exception>
    public static AdapterSettings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Health:Adapters");
        var standard = new AdapterSettings();
        return new AdapterSettings
        {
            SourcesFolder = section["SourcesFolder"],
            DestinationsFolder = section["DestinationsFolder"],
            MllpAddress = Address(section, "MllpAddress") ?? IPAddress.Loopback,
            MllpPort = Number(section, "MllpPort", standard.MllpPort, -1, 65535),
            MllpR2Port = section["MllpR2Port"] is { Length: > 0 } ? Number(section, "MllpR2Port", 0, 0, 65535) : null,
            MaxMessageBytes = Number(section, "MaxMessageBytes", standard.MaxMessageBytes, 1024, 512 * 1024 * 1024),
            MaxConnections = Number(section, "MaxConnections", standard.MaxConnections, 1, 10_000),
            MaxConnectionsPerAddress = Number(section, "MaxConnectionsPerAddress", standard.MaxConnectionsPerAddress, 1, 10_000),
            FirstMessageTimeout = TimeSpan.FromSeconds(Number(section, "FirstMessageTimeoutSeconds", (int)standard.FirstMessageTimeout.TotalSeconds, 1, 86_400)),
            IdleTimeout = TimeSpan.FromSeconds(Number(section, "IdleTimeoutSeconds", (int)standard.IdleTimeout.TotalSeconds, 1, 86_400)),
            ReadTimeout = TimeSpan.FromSeconds(Number(section, "ReadTimeoutSeconds", (int)standard.ReadTimeout.TotalSeconds, 1, 3_600)),
            WaitingSenders = Number(section, "WaitingSenders", standard.WaitingSenders, 1, 10_000),
            Tls = TlsSettings.Read(section.GetSection("Tls")),
        };
    }

    internal static int Number(IConfigurationSection section, string name, int standard, int least, int most)
    {
        if (section[name] is not { Length: > 0 } text) return standard;
        return int.TryParse(text, out var number) && number >= least && number <= most
            ? number
            : throw new InvalidOperationException($"{section.Path}:{name} is '{text}'; it must be a number from {least} to {most}.");
    }

    internal static IPAddress? Address(IConfigurationSection section, string name) =>
        section[name] is not { Length: > 0 } text ? null
        : IPAddress.TryParse(text, out var address) ? address
        : throw new InvalidOperationException($"{section.Path}:{name} is '{text}'; it must be an IP address such as 127.0.0.1.");
}
