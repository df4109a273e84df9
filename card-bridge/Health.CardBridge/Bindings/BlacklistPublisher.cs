using System.Globalization;
using System.Threading.Channels;
using Health.CardBridge.Payers;
using Health.Cards;
using Health.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.CardBridge.Bindings;

/// <summary>
/// Keeps the signed list in step: woken by every commit that blocks or frees something (NOTIFY), asks the operator at intervals for what it blocks, signs anew every hour, and writes
/// the night's full list into the folder <c>blacklist</c>, to be carried where no network is.
/// </summary>
public sealed class BlacklistPublisher(NpgsqlDataSource database, BlacklistVersions versions, CityCardOperator company, NodeIdentity node, CardBridgeSettings settings, TimeProvider clock, ILogger<BlacklistPublisher> log)
    : BackgroundService
{
    /// <summary>Hour in China at which the list of the night is written.</summary>
    public const int NightlyHour = 2;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile TaskCompletionSource published = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset? asked;

    /// <summary>Waits until a version later than this is there, at most so long.</summary>
    public async Task WaitFor(long later, TimeSpan limit, CancellationToken ct)
    {
        var next = published.Task;
        if (await versions.Latest(ct) is { } now && now.Version > later) return;
        await Task.WhenAny(next, Task.Delay(limit, clock, ct));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var timer = clock.CreateTimer(_ => wake.Writer.TryWrite(true), null, TimeSpan.Zero, settings.BlacklistPoll);
        var listening = Listen(stoppingToken);
        long known = 0;
        while (await Woken(stoppingToken))
        {
            try
            {
                if (asked is not { } last || clock.GetUtcNow() - last >= settings.BlacklistPoll) await AskOperator(stoppingToken);
                if (await versions.Publish(stoppingToken) is not { } document) continue;
                WriteNight(document);
                if (document.Version == known) continue;
                known = document.Version;
                Interlocked.Exchange(ref published, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            }
            catch (Exception failure) when (Failures.IsOfInfrastructure(failure) || failure is NpgsqlException or UnauthorizedAccessException)
            {
                log.LogError(failure, "The blacklist could not be published; it is tried again");
            }
        }
        await listening;
    }

    private async ValueTask<bool> Woken(CancellationToken ct)
    {
        try
        {
            return await wake.Reader.ReadAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task AskOperator(CancellationToken ct)
    {
        var at = clock.GetUtcNow();
        asked = at;
        switch (await company.Blacklist(ct))
        {
            case PayerAnswer<CityCardOperator.BlockedPurses>.Accepted(var list):
                await versions.Merge(list.Purses, at, ct);
                break;
            case PayerAnswer<CityCardOperator.BlockedPurses>.Unknown(var reason):
                log.LogWarning("The operator's blacklist was not read ({Reason}); the list ages with it", reason);
                break;
        }
    }

    private void WriteNight(BlacklistDocument document)
    {
        var local = ChinaTime.Of(clock.GetUtcNow());
        if (local.Hour < NightlyHour) return;
        var path = Path.Combine(node.DataFolder, "blacklist", string.Create(CultureInfo.InvariantCulture, $"{local:yyyyMMdd}.mybl"));
        if (!File.Exists(path)) DurableFile.Replace(path, document.ToBytes());
    }

    private async Task Listen(CancellationToken ct)
    {
        for (var failed = false; !ct.IsCancellationRequested; failed = true)
        {
            try
            {
                if (failed) await Task.Delay(Pause, clock, ct);
                await using var connection = await database.OpenConnectionAsync(ct);
                connection.Notification += (_, _) => wake.Writer.TryWrite(true);
                await using (var listen = new NpgsqlCommand("listen card_blocked", connection)) await listen.ExecuteNonQueryAsync(ct);
                wake.Writer.TryWrite(true);
                while (true) await connection.WaitAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (Failures.IsOfInfrastructure(failure) || failure is NpgsqlException)
            {
                log.LogWarning("Not listening for blocked cards ({Failure}); opened again in {Pause}", failure.GetType().Name, Pause);
            }
        }
    }
}
