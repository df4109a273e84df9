using System.CommandLine;
using System.Diagnostics;
using Health.Host.Demo;
using Health.Host.EmbeddedPostgres;

namespace Health.Host.Commands;

/// <summary><c>health run</c>: database, modules and, for the demo, the world around them; one line when ready; clean on SIGTERM.</summary>
public static class RunCommand
{
    public static Command Create()
    {
        var command = new Command("run", "Starts the platform and keeps it running. 启动平台");
        var platform = new PlatformAddress.Options();
        platform.AddTo(command);
        var demo = new Option<bool>("--demo") { Description = "A small demo city with simulators of hospital, insurer, city card and desk. 演示城市" };
        var database = new Option<string?>("--database") { Description = "Connection string of a PostgreSQL of your own instead of the private one. 外部数据库" };
        command.Options.Add(demo);
        command.Options.Add(database);
        command.SetAction((parsed, ct) => Run(platform.Read(parsed), parsed.GetValue(demo), parsed.GetValue(database), ct));
        return command;
    }

    private static async Task<int> Run(PlatformAddress address, bool demo, string? database, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        Directory.CreateDirectory(address.Data);
        using var running = RunLock.Take(address.Data);
        await using var cluster = database is null ? await PostgresCluster.Start(address.PostgresFolder, ct: ct) : null;
        database ??= await cluster!.EnsureDatabase("health", ct);
        Say(clock, "database started");

        var city = demo ? await DemoCity.Prepare(address, cluster, ct) : null;
        if (cluster is not null) Directory.CreateDirectory(address.SourcesFolder);
        await using var app = await HealthHost.Build([.. Settings(address, database, development: cluster is not null), .. city?.Settings ?? []], builder => Supervise(builder, cluster));
        await app.StartAsync(ct);
        Say(clock, "platform started");
        if (city is not null) await city.Populate(app.Services, ct);

        Terminal.WriteLine($"ready  {address.BaseUrl}/fhir  {address.BaseUrl}/console  mllp://127.0.0.1:{address.MllpPort}{city?.HowToSignIn}");
        await app.WaitForShutdownAsync(ct);
        if (city is not null) await city.DisposeAsync();
        return 0;
    }

    private static void Supervise(WebApplicationBuilder builder, PostgresCluster? cluster)
    {
        if (cluster is not null) builder.Services.AddSingleton(cluster).AddHostedService<PostgresSupervisor>();
    }

    private static IEnumerable<string> Settings(PlatformAddress address, string database, bool development) =>
    [
        $"--Health:Database={database}",
        $"--Health:DataFolder={address.Data}",
        $"--Health:BaseUrl={address.BaseUrl}",
        // The embedded database is a development default, and so are keys made on first start. A database of one's own means production:
        // its key files must be named.
        $"--Health:Development={(development ? "true" : "false")}",
        .. development ? new[] { $"--Health:Adapters:SourcesFolder={address.SourcesFolder}" } : [],
        $"--Health:Adapters:MllpPort={address.MllpPort}",
        $"--urls={address.BaseUrl}",
    ];

    private static void Say(Stopwatch clock, string what) => Terminal.WriteLine($"{clock.Elapsed.TotalSeconds,6:0.0} s  {what}");
}
