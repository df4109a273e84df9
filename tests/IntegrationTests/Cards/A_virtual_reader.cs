using Health.CardAgent.Chips;
using Health.CardAgent.Readers;
using Health.Cards;

[assembly: AssemblyFixture(typeof(Health.IntegrationTests.Cards.A_virtual_reader))]

namespace Health.IntegrationTests.Cards;

/// <summary>
/// The machine's PC/SC service with the virtual readers, started for the run where it can be. Where it cannot, the tests that need it are
/// skipped and say why.
/// </summary>
public sealed class A_virtual_reader : IAsyncDisposable
{
    /// <summary>The second reader: the first is the demo's.</summary>
    public const string Reader = "Virtual PCD 00 01";
    public const int Port = 35964;

    private readonly SemaphoreSlim turn = new(1, 1);
    // One chip for the run: it keeps the second between a removal and the next insertion that the reader needs.
    private readonly VpcdChip chip = new(Port, TimeSpan.Zero, TimeProvider.System);
    private FileStream? alone;
    private PcscDaemon? daemon;

    /// <summary>The reader for one test at a time, and a chip to hold to it. Dispose to give it back.</summary>
    public async Task<Loan> Take()
    {
        Assert.SkipWhen(PcscDaemon.Obstacle() is not null, PcscDaemon.Obstacle() ?? "");
        await turn.WaitAsync();
        alone ??= await Alone();
        daemon ??= await PcscDaemon.Start(TimeProvider.System, default);
        return new Loan(turn, chip);
    }

    public async ValueTask DisposeAsync()
    {
        await chip.DisposeAsync();
        if (daemon is not null) await daemon.DisposeAsync();
        if (alone is not null) await alone.DisposeAsync();
        turn.Dispose();
    }

    // The machine has one PC/SC service: two test runs take turns.
    private static async Task<FileStream> Alone()
    {
        var path = Path.Combine(Path.GetTempPath(), "health-virtual-reader.lock");
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await poll.WaitForNextTickAsync();
            }
        }
    }

    public sealed class Loan(SemaphoreSlim turn, VpcdChip chip) : IAsyncDisposable
    {
        public VpcdChip Chip => chip;

        public PcscTransport Transport { get; } = new(Reader);

        public async ValueTask DisposeAsync()
        {
            await chip.Remove(default);
            // The service notices a removal at its next look: until then the reader would still show this test's card.
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await foreach (var state in Transport.Watch(limit.Token))
                if (!state.Present) break;
            turn.Release();
        }
    }
}
