using System.Threading.Channels;
using Health.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Broker.Audit.Log;

/// <summary>
/// Once a second, and when asked, brings the log up to date and signs it. One process at a time does; the others stand by. A log that
/// contradicts itself is not extended any further: facts are still recorded, and the verifier tells the place.
/// </summary>
internal sealed class AuditSequencer(
    NpgsqlDataSource database, CheckpointSigner signer, NodeIdentity node, TimeProvider clock, ILogger<AuditSequencer> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly Channel<TaskCompletionSource?> wakeUps = Channel.CreateBounded<TaskCompletionSource?>(64);
    private LogWriter? writer;
    private string? complaint;

    /// <summary>
    /// Returns when every fact below the horizon (the oldest transaction still open) is in the log and signed, if this process is the
    /// writer.
    /// </summary>
    public async Task BringUpToDate(CancellationToken ct)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await wakeUps.Writer.WriteAsync(done, ct);
        await done.Task.WaitAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var timer = clock.CreateTimer(_ => wakeUps.Writer.TryWrite(null), null, TimeSpan.Zero, Interval);
        try
        {
            while (await wakeUps.Reader.WaitToReadAsync(stoppingToken))
            {
                var waiting = new List<TaskCompletionSource>();
                while (wakeUps.Reader.TryRead(out var wakeUp))
                    if (wakeUp is not null) waiting.Add(wakeUp);
                await Advance(waiting, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            log.LogDebug("The audit sequencer stops");
        }
        finally
        {
            await Drop();
        }
    }

    private async Task Advance(List<TaskCompletionSource> waiting, CancellationToken ct)
    {
        try
        {
            writer ??= await LogWriter.TryOpen(database, signer, node, ct);
            if (writer is not null) await writer.Advance(clock.GetUtcNow(), ct);
            waiting.ForEach(one => one.TrySetResult());
        }
        catch (AuditLogBrokenException e)
        {
            if (complaint != e.Message) log.LogCritical(e, "The audit log is not signed any further; run verify-audit");
            complaint = e.Message;
            waiting.ForEach(one => one.TrySetException(e));
            await Drop();
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
        {
            log.LogWarning(e, "The audit log could not be extended; tried again in a second");
            waiting.ForEach(one => one.TrySetException(e));
            await Drop();
        }
    }

    private async Task Drop()
    {
        var old = writer;
        writer = null;
        if (old is not null) await old.DisposeAsync();
    }
}
