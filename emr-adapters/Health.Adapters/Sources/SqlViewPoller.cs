using System.Data.Common;
using Health.Adapters.Inbox;
using Health.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Sources;

/// <summary>
/// Pulls the hospitals that send nothing. Each poll reads from the watermark less the overlap, page by page; every row that is news goes
/// into the inbox as a message, and the watermark follows, but never closer to the hospital's clock than the safety lag: a transaction
/// that commits late is still met.
/// </summary>
public sealed class SqlViewPoller : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private readonly SourceRegistry sources;
    private readonly SqlViewIntake intake;
    private readonly NpgsqlDataSource database;
    private readonly TimeProvider time;
    private readonly ILogger<SqlViewPoller> log;
    private readonly SqlViewReconciler reconciler;

    public SqlViewPoller(SourceRegistry sources, Intake intake, NpgsqlDataSource database, IRawMessages raw, TimeProvider time, ILogger<SqlViewPoller> log)
    {
        (this.sources, this.database, this.time, this.log) = (sources, database, time, log);
        this.intake = new SqlViewIntake(intake, log);
        reconciler = new SqlViewReconciler(database, raw, intake, this.intake, time, log);
    }

    /// <summary>One poll of one source, to the end of what its view shows now.</summary>
    /// <returns>How many rows were news.</returns>
    /// <exception cref="DbException">The hospital's database or the platform's is not available, or a statement took too long.</exception>
    public async Task<int> PollOnce(SourceProfile profile, CancellationToken ct)
    {
        await using var reader = new SqlViewReader(profile.SqlView!, profile.DefaultOffset);
        return await Poll(profile, reader, ct);
    }

    /// <summary>One comparison of the keys of a view with the rows that became messages: rows the view shows that never did are read.</summary>
    /// <returns>How many rows are gone.</returns>
    /// <exception cref="DbException">As <see cref="PollOnce"/>.</exception>
    public async Task<int> ReconcileOnce(SourceProfile profile, CancellationToken ct)
    {
        await using var reader = new SqlViewReader(profile.SqlView!, profile.DefaultOffset);
        return await reconciler.Run(profile, reader, ct);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new SourceLoops(sources, profile => profile is { Door: "sql-view", SqlView: not null }, Loop, log).Run(stoppingToken);

    private async Task Loop(SourceProfile profile, CancellationToken ct)
    {
        var interval = TimeSpan.FromSeconds(profile.SqlView!.IntervalSeconds);
        var pause = interval;
        var compared = time.GetUtcNow();
        using var timer = new PeriodicTimer(interval, time);
        SqlViewReader? reader = null;
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                var isDue = time.GetUtcNow() - compared >= TimeSpan.FromMinutes(profile.SqlView.ReconcileMinutes);
                var isRead = await Attempt(profile, async () =>
                {
                    reader ??= new SqlViewReader(profile.SqlView, profile.DefaultOffset);
                    await Poll(profile, reader, ct);
                    if (!isDue) return;
                    await reconciler.Run(profile, reader, ct);
                    compared = time.GetUtcNow();
                }, ct);
                timer.Period = pause = isRead ? interval : TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, Math.Max(interval.Ticks, LongestPause.Ticks)));
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            log.LogDebug("Polling of {Source} ends.", profile.Id);
        }
        finally
        {
            if (reader is not null) await reader.DisposeAsync();
        }
    }

    /// <summary>A hospital that cannot be read now is tried again later, ever less often; the others go on.</summary>
    private async Task<bool> Attempt(SourceProfile profile, Func<Task> work, CancellationToken ct)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            // The text of a database error may quote a row; what this program says of itself does not.
            log.LogWarning("The view of {Source} could not be read now ({Failure} {State} {Reason}); it is tried again.", profile.Id, e.GetType().Name, (e as DbException)?.SqlState, e is InvalidOperationException ? e.Message : "");
            return false;
        }
    }

    private async Task<int> Poll(SourceProfile profile, SqlViewReader reader, CancellationToken ct)
    {
        var settings = profile.SqlView!;
        var overlap = TimeSpan.FromSeconds(settings.OverlapSeconds);
        var (watermark, keys) = (new SqlViewWatermark(database, profile.Id), new SqlViewKeys(database, profile.Id));
        var mark = await watermark.Read(ct);
        var at = mark == SqlViewPosition.Start ? mark : new SqlViewPosition(mark.UpdatedAt - overlap, long.MinValue);
        for (var count = 0; ;)
        {
            var page = await reader.Read(at, ct);
            var news = page.Rows.Count == 0 ? [] : await watermark.News(page.Rows, ct);
            count += await intake.Take(news, profile, keys, ct);
            if (page.Rows.Count == 0) return count;
            at = new SqlViewPosition(page.Rows[^1].UpdatedAt, page.Rows[^1].Key);
            mark = Earlier(at, new SqlViewPosition(page.DatabaseNow - TimeSpan.FromSeconds(settings.SafetyLagSeconds), long.MinValue));
            await watermark.Advance(mark, news, mark.UpdatedAt - overlap, ct);
            if (!page.IsFull) return count;
        }
    }

    private static SqlViewPosition Earlier(SqlViewPosition a, SqlViewPosition b) => (a.UpdatedAt, a.Key).CompareTo((b.UpdatedAt, b.Key)) <= 0 ? a : b;
}
