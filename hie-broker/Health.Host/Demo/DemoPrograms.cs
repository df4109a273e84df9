using Health.Host.Commands;

namespace Health.Host.Demo;

/// <summary>The programs that play the world around the platform: hospital, insurer, city-card operator, and the desk with its reader.</summary>
public sealed class DemoPrograms : IAsyncDisposable
{
    private readonly List<ChildProgram> programs = [];

    public static async Task<DemoPrograms> StartOutside(PlatformAddress address, string hisDatabase, CancellationToken ct)
    {
        var outside = new DemoPrograms();
        outside.Start(address, "hospital", "tests/Simulators/Hospital", $"--urls=http://127.0.0.1:{address.HospitalPort}", $"--his-database={hisDatabase}");
        outside.Start(address, "insurer", "tests/Simulators/Insurer", $"--urls=http://127.0.0.1:{address.InsurerPort}");
        outside.Start(address, "city-card", "tests/Simulators/CityCard", $"--urls=http://127.0.0.1:{address.CityCardPort}");
        int[] ports = [address.HospitalPort, address.InsurerPort, address.CityCardPort];
        await Task.WhenAll(outside.programs.Zip(ports, (program, port) => program.UntilAlive(new Uri($"http://127.0.0.1:{port}/health/live"), ct)));
        return outside;
    }

    public Task StartDesk(PlatformAddress address, CancellationToken ct) => Task.CompletedTask;

    public async ValueTask DisposeAsync() => await Task.WhenAll(programs.Select(program => program.DisposeAsync().AsTask()));

    private void Start(PlatformAddress address, string name, string project, params string[] arguments) =>
        programs.Add(ChildProgram.Start(name, Programs.Path(project), arguments, Path.Combine(address.Data, "logs", name + ".log")));
}
