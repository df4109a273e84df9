using Health.Fhir.Subscriptions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Fhir.Bulk;

/// <summary>Wakes the worker when a job was asked for.</summary>
public sealed class BulkWakeup : Wakeup;

/// <summary>
/// Carries bulk jobs out, one at a time and one worker per database. Their rows say how far they came, so a job that was interrupted, by
/// whatever, goes on there. Finished jobs are removed when they expire.
/// </summary>
public sealed class BulkWorker(NpgsqlDataSource database, BulkTable table, ExportRun exports, ImportRun imports, Spool spool, BulkOptions options, BulkWakeup wakeup, TimeProvider time, ILogger<BulkWorker> log)
    : BackgroundService
{
    private const long OneAtATime = 5107000015;
    private static readonly TimeSpan PollEvery = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var poll = time.CreateTimer(_ => wakeup.Set(), null, TimeSpan.Zero, PollEvery);
        try
        {
            while (true)
            {
                await wakeup.Wait(stoppingToken);
                await Rest(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: the rows say where to go on.
        }
    }

    private async Task Rest(CancellationToken ct)
    {
        try
        {
            await using var guard = await database.OpenConnectionAsync(ct);
            await using (var take = new NpgsqlCommand($"select pg_try_advisory_lock({OneAtATime})", guard))
                if (!(bool)(await take.ExecuteScalarAsync(ct))!) return;
            try
            {
                foreach (var id in await table.Expired(ct)) await Remove(id, ct);
                while (await table.Next(ct) is { } job) await Run(job, ct);
            }
            finally
            {
                await using var give = new NpgsqlCommand($"select pg_advisory_unlock({OneAtATime})", guard);
                await give.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
        catch (Exception e) when (!ct.IsCancellationRequested && e is NpgsqlException or TimeoutException or IOException)
        {
            log.LogError(e, "Bulk jobs are interrupted; they go on at the next look.");
        }
    }

    private async Task Remove(string id, CancellationToken ct)
    {
        spool.Remove(id);
        await table.Remove(id, ct);
    }

    private async Task Run(BulkJob job, CancellationToken ct)
    {
        if (!await table.Begin(job.Id, ct)) return;
        try
        {
            if (job.Kind == "export") await exports.Run(job, ct);
            else await imports.Run(job, ct);
            await table.Finish(job.Id, "done", null, options.Keep, ct);
            log.LogInformation("The {Kind} job {Id} is done.", job.Kind, job.Id);
        }
        catch (BulkFaultException e)
        {
            log.LogWarning("The {Kind} job {Id} failed: {Reason}", job.Kind, job.Id, e.Message);
            await table.Finish(job.Id, "failed", e.Message, options.Keep, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested && e is not NpgsqlException { IsTransient: true } and not IOException)
        {
            log.LogError(e, "The {Kind} job {Id} failed inside the platform.", job.Kind, job.Id);
            await table.Finish(job.Id, "failed", "The job failed inside the platform; what it had done so far stays.", options.Keep, ct);
        }

        spool.Remove(job.Id);
    }
}

/// <summary>A job cannot be carried out; the message is for who asked.</summary>
public sealed class BulkFaultException(string message) : Exception(message);
