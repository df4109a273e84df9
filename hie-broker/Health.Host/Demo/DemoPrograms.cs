using Health.Cards;
using Health.Host.Commands;
using Health.Identity.Clients;

namespace Health.Host.Demo;

/// <summary>The programs that play the world around the platform: hospital, insurer, city-card operator, acquirer, and the desk with its reader.</summary>
public sealed class DemoPrograms : IAsyncDisposable
{
    private const string Agent = "card-bridge/Health.CardAgent", DeskId = "YXWS-01", TerminalNo = "510704000001";
    private const int FirstVirtualReader = 35963;

    private readonly List<ChildProgram> programs = [];

    public static async Task<DemoPrograms> StartOutside(PlatformAddress address, string hisDatabase, CancellationToken ct)
    {
        var outside = new DemoPrograms();
        var state = Directory.CreateDirectory(Path.Combine(address.Data, "simulators")).FullName;
        outside.Start(address, "hospital", "tests/Simulators/Hospital", $"--urls=http://127.0.0.1:{address.HospitalPort}", $"--his-database={hisDatabase}", $"--his-receipts={state}/his-receipts.jsonl");
        outside.Start(address, "insurer", "tests/Simulators/Insurer", $"--urls=http://127.0.0.1:{address.InsurerPort}", $"--Insurer:StateFile={state}/insurer.jsonl");
        outside.Start(address, "city-card", "tests/Simulators/CityCard", $"--urls=http://127.0.0.1:{address.CityCardPort}", $"--CityCard:StateFile={state}/city-card.jsonl");
        outside.Start(address, "acquirer", "tests/Simulators/Acquirer", $"--urls=http://127.0.0.1:{address.AcquirerPort}", $"--Acquirer:StateFile={state}/acquirer.jsonl");
        await outside.UntilAlive(ct, address.HospitalPort, address.InsurerPort, address.CityCardPort, address.AcquirerPort);
        return outside;
    }

    /// <summary>
    /// The desk of the health centre. Where a PC/SC service with the virtual reader can be had (root, default ports: one machine has one), the chip
    /// is a program of its own on that reader; elsewhere the agent holds the chip itself (direct transport).
    /// </summary>
    /// <param name="lists">By which the desk believes blacklists, without which it takes no payment while it is cut off.</param>
    public async Task StartDesk(PlatformAddress address, Sm2PublicKey lists, CancellationToken ct)
    {
        var reader = await VirtualReader(address, ct);
        List<string> arguments =
        [
            $"--Agent:DeskId={DeskId}", $"--Agent:InstitutionName={DemoInstitutions.HealthCentre.Name}", $"--Agent:TerminalNo={TerminalNo}",
            $"--Agent:Platform={address.BaseUrl}", $"--Agent:PrivateJwk={ClientKeys.PrivateKeyFile(address.ClientsFolder, "demo-desk")}",
            $"--Agent:DataFolder={Directory.CreateDirectory(Path.Combine(address.Data, "desk")).FullName}", $"--Agent:Port={address.DeskPort}",
            "--Agent:Development=true", "--Agent:AutoPair=true", $"--Agent:Transport={(reader ? "pcsc" : "direct")}", $"--Agent:ChipFolder={address.ChipsFolder}",
            $"--Agent:BlacklistKey={Convert.ToHexString(lists.Bytes.Span)}",
        ];
        Start(address, "desk", Agent, [.. arguments]);
        await UntilAlive(ct, address.DeskPort);
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(programs.Select(program => program.DisposeAsync().AsTask()));

    /// <summary>Starts reader and chip as programs; false where they cannot be had here.</summary>
    private async Task<bool> VirtualReader(PlatformAddress address, CancellationToken ct)
    {
        Directory.CreateDirectory(address.ChipsFolder);
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/sbin/pcscd") || !File.Exists("/etc/reader.conf.d/vpcd") || !VirtualReaderIsFree()) return false;
        Start(address, "reader", Agent, "reader");
        Start(address, "chip", Agent, "chip", $"--folder={address.ChipsFolder}", $"--control-port={address.ChipPort}", $"--vpcd-port={FirstVirtualReader}", "--Agent:Development=true");
        await programs[^1].UntilAlive(new Uri($"http://127.0.0.1:{address.ChipPort}/chip"), ct);
        return true;
    }

    /// <summary>A PC/SC service of another platform or of the distribution keeps the port of the virtual reader.</summary>
    private static bool VirtualReaderIsFree() =>
        !System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == FirstVirtualReader);

    private Task UntilAlive(CancellationToken ct, params int[] ports) =>
        Task.WhenAll(programs.TakeLast(ports.Length).Zip(ports, (program, port) => program.UntilAlive(new Uri($"http://127.0.0.1:{port}/health/live"), ct)));

    private void Start(PlatformAddress address, string name, string project, params string[] arguments) =>
        programs.Add(ChildProgram.Start(name, Programs.Path(project), arguments, Path.Combine(address.Data, "logs", name + ".log")));
}
