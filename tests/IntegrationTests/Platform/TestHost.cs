using Health.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Platform;

/// <summary>The whole platform, or some of its modules, in this process on free ports with a database of its own.</summary>
public sealed class TestHost : IAsyncDisposable
{
    private readonly string? ownFolder;

    private TestHost(WebApplication app, string connectionString, string? ownFolder)
    {
        App = app;
        ConnectionString = connectionString;
        this.ownFolder = ownFolder;
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Http = new HttpClient { BaseAddress = new Uri(address) };
    }

    public WebApplication App { get; }
    public string ConnectionString { get; }
    public HttpClient Http { get; }
    public IServiceProvider Services => App.Services;

    /// <param name="modules">Modules to run; none means all.</param>
    /// <param name="dataFolder">Kept, for a host that is started again on the same database; otherwise one of its own.</param>
    public static async Task<TestHost> Start(Database database, string[]? modules = null, Action<WebApplicationBuilder>? adjust = null, string? connectionString = null, string? dataFolder = null)
    {
        connectionString ??= await database.New();
        var folder = dataFolder ?? Directory.CreateTempSubdirectory("health-host-").FullName;
        List<string> args =
        [
            $"--Health:Database={connectionString}", $"--Health:DataFolder={folder}", "--Health:Development=true",
            "--urls=http://127.0.0.1:0", "--Health:Adapters:MllpPort=0", "--Serilog:MinimumLevel:Default=Warning",
        ];
        var names = modules ?? HostSettings.AllModules;
        for (var i = 0; i < names.Length; i++) args.Add($"--Health:Modules:{i}={names[i]}");
        var app = await HealthHost.Build([.. args], adjust);
        await app.StartAsync();
        return new TestHost(app, connectionString, dataFolder is null ? folder : null);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        if (ownFolder is not null) Directory.Delete(ownFolder, recursive: true);
    }
}
