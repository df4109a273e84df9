using Health.CardAgent.Loads;
using Health.CardAgent.Offline;
using Health.CardAgent.Platform;

namespace Health.CardAgent.Desk;

/// <summary>The desk's one thread of work: cards that come and go, what the clerk asks, and what is left to report, one after the other.</summary>
public sealed class DeskService(
    DeskCards cards, Tapping tapping, Visits visits, OutcomeReporter reporter, Settling settling, VisitStore store, ReceiptPrinter printer, Loading loading, OfflineUpkeep offline, DeskFeed feed, TimeProvider time, ILogger<DeskService> log)
    : BackgroundService
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim turn = new(1, 1);
    private CancellationToken stopping;

    public Task<DeskRefusal?> Register(string? departmentCode) => Do(ct => visits.Register(departmentCode, ct));

    public Task<DeskRefusal?> PreSettle(IReadOnlyList<FeeLine> lines) => Do(ct => visits.PreSettle(lines, ct));

    public Task<DeskRefusal?> Pay() => Do(visits.Pay);

    public Task<DeskRefusal?> Load(long amountFen) => Do(ct => loading.Load(amountFen, ct));

    public Task<DeskRefusal?> Plan(IReadOnlyList<TenderBody> tenders) => Do(ct => visits.Plan(tenders, ct));

    public Task<DeskRefusal?> Collect(string leg, string? authCode) => Do(ct => visits.Collect(leg, authCode, ct));

    public Task<DeskRefusal?> Reverse(string? visitTx, string reason) => Do(ct => visits.Reverse(visitTx, reason, ct));

    public Task<DeskRefusal?> Print(string? visitTx) => Do(ct => printer.Print(visitTx ?? feed.Now.Visit?.VisitTx, ct));

    /// <summary>Reads the card in the reader again.</summary>
    public Task<DeskRefusal?> Read() => Do(async ct =>
    {
        if (feed.Now.Card is not { Present: true }) return DeskRefusal.Conflict("请先放卡", "No card is in the reader");
        await tapping.Tap(ct);
        return feed.Now.Card is { State: "problem" } ? DeskRefusal.Conflict(feed.Now.Message?.Zh ?? "读卡失败", feed.Now.Message?.En ?? "Not read") : null;
    });

    public Task<DeskRefusal?> Close() => Do(_ => Task.FromResult(visits.Close()));

    public override void Dispose()
    {
        turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        stopping = stoppingToken;
        reporter.Recover();
        feed.Change(view => view with { Reader = cards.Transport.Reader, Visit = store.Current() });
        settling.Follow();
        // Before the first card: what the platform holds open for this desk may have to be proved on it.
        await Attempt(() => InTurn(() => tapping.Consequences(stoppingToken), stoppingToken));
        await Task.WhenAll(WatchCards(stoppingToken), Retry(stoppingToken));
    }

    private async Task WatchCards(CancellationToken ct)
    {
        await foreach (var change in cards.Transport.Watch(ct))
        {
            if (change.Present) await Attempt(() => InTurn(async () => { await tapping.Tap(ct); await loading.Follow(ct); }, ct));
            else tapping.Removed();
        }
    }

    private async Task Retry(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(RetryInterval, time);
        do await Attempt(() => InTurn(() => tapping.Lost ? tapping.Tap(ct) : Finish(ct), ct));
        while (await timer.WaitForNextTickAsync(ct));
    }

    private async Task Finish(CancellationToken ct)
    {
        await tapping.Consequences(ct);
        await loading.Follow(ct);
    }

    // A page that is closed must not cut money work in half: it runs until done or the agent stops.
    private async Task<DeskRefusal?> Do(Func<CancellationToken, Task<DeskRefusal?>> work)
    {
        DeskRefusal? refusal = null;
        await InTurn(async () => refusal = await work(stopping), stopping);
        // What the work itself had to say of a card stays; a refusal is said in its place.
        if (refusal is not null || feed.Now.Message?.Level != "error") feed.Change(view => view with { Message = refusal is null ? null : DeskMessage.Warning(refusal.Zh, refusal.En) });
        return refusal;
    }

    private async Task InTurn(Func<Task> work, CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            await Task.Run(work, ct);
        }
        finally
        {
            offline.Show();
            turn.Release();
        }
    }

    // The loops go on after a failure of one card or one report; what the clerk asked for is answered with the failure instead.
    private async Task Attempt(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            log.LogError(failure, "The desk failed at a step; open money stays in the journal");
            feed.Change(view => view with { Message = DeskMessage.Error("内部错误，已记录", "Internal error, logged") });
        }
    }
}
