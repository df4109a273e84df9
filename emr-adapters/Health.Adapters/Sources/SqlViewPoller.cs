using Health.Adapters.Inbox;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Sources;

/// <summary>
/// Pulls the hospitals that send nothing. Each poll reads from the watermark less the overlap, page by page; every row that is news goes
/// into the inbox as a message, and the watermark follows, but never closer to the hospital's clock than the safety lag: a transaction
/// that commits late is still met.
/// </summary>
public sealed class SqlViewPoller(SourceRegistry sources, Intake intake, NpgsqlDataSource database, TimeProvider time, ILogger<SqlViewPoller> log) : BackgroundService
{
    private const int AtATime = 64;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>Checks the settings of all pulled sources before anything runs.</summary>
    /// <exception cref="InvalidOperationException">A profile is wrong; the message says which and what would be right.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var profile in Profiles())
        {
            var problem = profile.SqlView!.Problem()
                ?? (profile.SendingFacility is null && profile.SendingApplication is null ? "sendingFacility is needed: its messages carry it in MSH-4." : null);
            if (problem is not null) throw new InvalidOperationException($"Source profile {profile.Id} is wrong: {problem}");
        }

        return base.StartAsync(cancellationToken);
    }

    /// <summary>One poll of one source, to the end of what its view shows now.</summary>
    /// <returns>How many rows were news.</returns>
    /// <exception cref="NpgsqlException">The hospital's database or the platform's is not available, or a statement took too long.</exception>
    public async Task<int> PollOnce(SourceProfile profile, CancellationToken ct)
    {
        await using var reader = new SqlViewReader(profile.SqlView!);
        return await Poll(profile, reader, ct);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Profiles().Select(profile => Loop(profile, stoppingToken)));

    private IEnumerable<SourceProfile> Profiles() => sources.All.Where(profile => profile.Door == "sql-view" && profile.SqlView is not null);

    private async Task Loop(SourceProfile profile, CancellationToken ct)
    {
        var interval = TimeSpan.FromSeconds(profile.SqlView!.IntervalSeconds);
        var pause = interval;
        await using var reader = new SqlViewReader(profile.SqlView);
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            do
            {
                timer.Period = pause = await Attempt(profile, reader, ct) ? interval : TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, Math.Max(interval.Ticks, LongestPause.Ticks)));
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            log.LogDebug("Polling of {Source} ends with the host.", profile.Id);
        }
    }

    /// <summary>A hospital that cannot be read now is tried again later, ever less often; the others go on.</summary>
    private async Task<bool> Attempt(SourceProfile profile, SqlViewReader reader, CancellationToken ct)
    {
        try
        {
            await Poll(profile, reader, ct);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            // The text of a database error may quote a row.
            log.LogWarning("The view of {Source} could not be read now ({Failure} {State}); it is tried again.", profile.Id, e.GetType().Name, (e as PostgresException)?.SqlState);
            return false;
        }
    }

    private async Task<int> Poll(SourceProfile profile, SqlViewReader reader, CancellationToken ct)
    {
        var settings = profile.SqlView!;
        var overlap = TimeSpan.FromSeconds(settings.OverlapSeconds);
        var watermark = new SqlViewWatermark(database, profile.Id);
        var mark = await watermark.Read(ct);
        var at = mark == SqlViewPosition.Start ? mark : new SqlViewPosition(mark.UpdatedAt - overlap, long.MinValue);
        for (var count = 0; ;)
        {
            var page = await reader.Read(at, ct);
            var news = page.Rows.Count == 0 ? [] : await watermark.News(page.Rows, ct);
            // Begun in order, so stored in order; their commits are shared.
            foreach (var some in news.Chunk(AtATime)) await Task.WhenAll(some.Select(row => Take(row, profile, settings, ct)));
            count += news.Count;
            if (page.Rows.Count == 0) return count;
            at = new SqlViewPosition(page.Rows[^1].UpdatedAt, page.Rows[^1].Key);
            mark = Earlier(at, new SqlViewPosition(page.DatabaseNow - TimeSpan.FromSeconds(settings.SafetyLagSeconds), long.MinValue));
            await watermark.Advance(mark, news, mark.UpdatedAt - overlap, ct);
            if (!page.IsFull) return count;
        }
    }

    private async Task Take(SqlViewRow row, SourceProfile profile, SqlViewSettings settings, CancellationToken ct)
    {
        var answer = await intake.Receive(SqlViewMessage.Of(row, profile, settings), source => source.Id == profile.Id, ct);
        if (answer.Outcome is IntakeOutcome.Stored or IntakeOutcome.Repeated) return;
        throw new InvalidOperationException($"The inbox did not take row {row.Key} of {profile.Id}: {answer.Outcome}.");
    }

    private static SqlViewPosition Earlier(SqlViewPosition a, SqlViewPosition b) => (a.UpdatedAt, a.Key).CompareTo((b.UpdatedAt, b.Key)) <= 0 ? a : b;
}
