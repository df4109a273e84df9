using Health.CardAgent;
using Health.CardAgent.Chips;
using Health.CardAgent.Desk;
using Health.Identity.Clients;
using Health.SimulationTests.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Benchmarks;

/// <summary>A desk of its own beside the demo's, in this process, with the virtual chip in its slot.</summary>
public sealed class BenchDesk : IAsyncDisposable
{
    private readonly WebApplication agent;

    private BenchDesk(WebApplication agent) => this.agent = agent;

    public DeskService Service => agent.Services.GetRequiredService<DeskService>();

    /// <param name="perCommand">Time of the chip for every command; none by default.</param>
    public static async Task<BenchDesk> Start(RunningPlatform platform, TimeSpan perCommand = default)
    {
        var address = Doors.Address(platform);
        var agent = AgentHost.Build(
        [
            "--Agent:DeskId=BENCH-01", "--Agent:InstitutionName=bench", "--Agent:TerminalNo=510704000099", $"--Agent:Platform={platform.BaseUrl}",
            $"--Agent:PrivateJwk={ClientKeys.PrivateKeyFile(address.ClientsFolder, "demo-desk")}", $"--Agent:DataFolder={Directory.CreateDirectory(Path.Combine(platform.Data, "bench-desk")).FullName}",
            "--Agent:Port=0", "--Agent:Development=true", "--Agent:Transport=direct", $"--Agent:ChipFolder={address.ChipsFolder}", "--Serilog:MinimumLevel:Default=Warning",
            $"--Agent:ChipMilliseconds={(int)perCommand.TotalMilliseconds}",
        ]);
        await agent.StartAsync();
        return new BenchDesk(agent);
    }

    public Task Insert(string image) => agent.Services.GetRequiredService<IVirtualChip>().Insert(image, CancellationToken.None);

    public Task Remove() => agent.Services.GetRequiredService<IVirtualChip>().Remove(CancellationToken.None);

    /// <summary>The desk's view once it satisfies the condition.</summary>
    public async Task<DeskView> Shows(Func<DeskView, bool> condition, TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        await foreach (var view in agent.Services.GetRequiredService<DeskFeed>().Watch(patience.Token))
            if (condition(view)) return view;
        throw new TimeoutException("The desk's view ended.");
    }

    public async ValueTask DisposeAsync()
    {
        await agent.StopAsync();
        await agent.DisposeAsync();
    }
}
