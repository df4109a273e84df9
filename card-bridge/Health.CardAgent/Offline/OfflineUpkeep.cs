using Health.CardAgent.Desk;
using Health.CardAgent.Platform;

namespace Health.CardAgent.Offline;

/// <summary>
/// Keeps the desk ready to go on alone, and brings back what it did: key, numbers, blacklist (every minute), upload of the journal. Each step is repeated until the platform
/// has answered it.
/// </summary>
public sealed class OfflineUpkeep(
    OfflineDesk desk, OfflineJournal journal, DeskBlacklist blacklist, OfflineDebits debits, Bridge bridge, PlatformLink link, VisitStore visits, DeskFeed feed, AgentSettings settings, TimeProvider time, ILogger<OfflineUpkeep> log)
    : BackgroundService
{
    private const int MostEntries = 100, FewNumbers = 25, DaysAhead = 2;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private long? askedForList;
    private string? trouble;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.OfflineAllowed) return;
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await Once(stoppingToken);
            }
            catch (Exception failure) when (failure is IOException or InvalidDataException or FormatException)
            {
                log.LogError(failure, "The offline files cannot be kept up");
                trouble = failure.GetType().Name;
            }
            Show();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One round: whatever is due and can be had.</summary>
    public async Task Once(CancellationToken ct)
    {
        if (!desk.IsRegistered && !await Register(ct)) return;
        await Upload(ct);
        await Numbers(ct);
        await Refresh(ct);
    }

    /// <summary>The banner of the page.</summary>
    public void Show()
    {
        if (!settings.OfflineAllowed) return;
        var list = blacklist.Current;
        var stands = new OfflineView(
            link.IsDown, desk.IsRegistered, journal.Waiting.Count, desk.Numbers.Left(Today), blacklist.IsSetUp, list?.IssuedAt,
            list is null ? null : (long)Math.Max(0, (time.GetUtcNow() - list.IssuedAt).TotalMinutes), debits.ClockRefusal() is not null, trouble);
        if (feed.Now.Offline != stands) feed.Change(view => view with { Offline = stands });
    }

    private DateOnly Today => DateOnly.FromDateTime(visits.Local);

    private async Task<bool> Register(CancellationToken ct)
    {
        var answer = await bridge.RegisterKey(desk.DeskId, new JournalKeyBody(Convert.ToHexString(desk.Key.Public.Bytes.Span)), ct);
        if (answer.Value is not { } registered)
        {
            if (!answer.IsUnreachable) Trouble($"journal key: {answer.Status} {answer.Detail}");
            return false;
        }
        desk.Register(registered);
        return true;
    }

    private async Task Upload(CancellationToken ct)
    {
        while (journal.Waiting is { Count: > 0 } waiting)
        {
            var answer = await bridge.Upload(desk.DeskId, new OfflineEntries([.. waiting.Take(MostEntries)]), ct);
            if (answer.Value is { } taken)
            {
                journal.Uploaded(taken.LastSeq);
                trouble = null;
                if (taken.LastSeq < waiting[0].Seq) return;
                continue;
            }
            // What the platform refuses is a matter for a person: it stays here, whole, and is tried again.
            if (!answer.IsUnreachable) Trouble($"upload: {answer.Status} {answer.Detail}");
            return;
        }
    }

    private async Task Numbers(CancellationToken ct)
    {
        desk.Numbers.Forget(Today);
        for (var day = Today; day <= Today.AddDays(DaysAhead); day = day.AddDays(1))
        {
            if (desk.Numbers.Left(day) >= FewNumbers) continue;
            var answer = await bridge.Numbers(desk.DeskId, new NumbersBody(day, desk.Numbers.NextBlock(day)), ct);
            if (answer.Value is not { } block) return;
            desk.Numbers.Add(block);
        }
    }

    private async Task Refresh(CancellationToken ct)
    {
        if (!blacklist.IsSetUp || (askedForList is { } asked && time.GetElapsedTime(asked) < TimeSpan.FromSeconds(settings.BlacklistRefreshSeconds))) return;
        if (blacklist.Current is { } current)
        {
            var delta = await bridge.Blacklist(current.Version, ct);
            if (delta.IsUnreachable) return;
            if (delta.Status == 204 || (delta.Value is { } change && blacklist.TakeDelta(change.Bytes) is null))
            {
                askedForList = time.GetTimestamp();
                return;
            }
        }
        var full = await bridge.Blacklist(null, ct);
        if (full.IsUnreachable) return;
        askedForList = time.GetTimestamp();
        if (full.Value is not { } list) Trouble($"blacklist: {full.Status} {full.Detail}");
        else if (blacklist.TakeFull(list.Bytes) is { } refused) Trouble($"blacklist: {refused}");
    }

    private void Trouble(string what)
    {
        if (trouble != what) log.LogWarning("Offline upkeep: {What}", what);
        trouble = what;
    }
}
