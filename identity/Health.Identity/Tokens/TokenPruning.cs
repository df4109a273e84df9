using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenIddict.Abstractions;

namespace Health.Identity.Tokens;

/// <summary>Removes the rows of tokens and authorizations that ended long ago, once an hour.</summary>
internal sealed class TokenPruning(IServiceScopeFactory scopes, TimeProvider time, ILogger<TokenPruning> log) : BackgroundService
{
    // The server itself keeps them at least this long after creation.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Prune(time.GetUtcNow() - Kept, stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or AggregateException)
            {
                // Nothing depends on it: the next hour tries again.
                log.LogWarning(e, "Ended tokens could not be removed");
            }
        }
    }

    private async Task Prune(DateTimeOffset before, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IOpenIddictTokenManager>().PruneAsync(before, ct);
        await scope.ServiceProvider.GetRequiredService<IOpenIddictAuthorizationManager>().PruneAsync(before, ct);
    }
}
