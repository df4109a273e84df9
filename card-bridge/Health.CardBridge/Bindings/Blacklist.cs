using Health.CardBridge.Payers;

namespace Health.CardBridge.Bindings;

/// <summary>
/// The operator's list of blocked purses. Asked per purse, never remembered for "the" card; when no list of acceptable age can be had the
/// answer is "cannot tell", and nobody pays.
/// </summary>
public sealed class Blacklist(CityCardOperator company, CardBridgeSettings settings, TimeProvider clock) : IDisposable
{
    private sealed record Copy(HashSet<string> Purses, DateTimeOffset FetchedAt);

    private readonly SemaphoreSlim refreshing = new(1, 1);
    private volatile Copy? copy;

    /// <summary>True: blocked; false: free; null: cannot tell.</summary>
    public async ValueTask<bool?> IsBlocked(string purseNo, CancellationToken ct)
    {
        if (Age() > settings.BlacklistRefresh) await Refresh(ct);
        return Age() > settings.BlacklistMaxAge ? null : copy!.Purses.Contains(purseNo);
    }

    public void Dispose() => refreshing.Dispose();

    private TimeSpan Age() => copy is { } known ? clock.GetUtcNow() - known.FetchedAt : TimeSpan.MaxValue;

    private async Task Refresh(CancellationToken ct)
    {
        await refreshing.WaitAsync(ct);
        try
        {
            if (Age() <= settings.BlacklistRefresh) return;
            var asked = clock.GetUtcNow();
            if (await company.Blacklist(ct) is PayerAnswer<CityCardOperator.BlockedPurses>.Accepted(var list)) copy = new Copy([.. list.Purses], asked);
        }
        finally
        {
            refreshing.Release();
        }
    }
}
