using Microsoft.Extensions.Logging;

namespace Health.Adapters.Sources;

/// <summary>
/// One loop for each source of a kind, as long as its profile stays the same: a changed profile ends its loop, and the new one begins when
/// the old has come to its end. A loop that fails stops its own source alone, until its profile is written anew.
/// </summary>
internal sealed class SourceLoops(SourceRegistry sources, Func<SourceProfile, bool> isOurs, Func<SourceProfile, CancellationToken, Task> loop, ILogger log)
{
    private readonly record struct Running(CancellationTokenSource Stop, Task Task);

    public async Task Run(CancellationToken ct)
    {
        Dictionary<SourceProfile, Running> running = new(ReferenceEqualityComparer.Instance);
        try
        {
            while (true)
            {
                var change = sources.Changed;
                var wanted = sources.All.Where(isOurs).ToHashSet<SourceProfile>(ReferenceEqualityComparer.Instance);
                foreach (var gone in running.Keys.Where(profile => !wanted.Contains(profile)).ToList())
                {
                    await End(running[gone]);
                    running.Remove(gone);
                }

                foreach (var profile in wanted.Where(profile => !running.ContainsKey(profile)))
                {
                    var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
                    running[profile] = new Running(stop, Task.Run(() => Guarded(profile, stop.Token), CancellationToken.None));
                }

                await change.WaitAsync(ct);
            }
        }
        finally
        {
            foreach (var one in running.Values) await End(one);
        }
    }

    private async Task Guarded(SourceProfile profile, CancellationToken ct)
    {
        try
        {
            await loop(profile, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // The text of an exception may quote data; its type and place do not.
            log.LogError("Source {Source} is not read any more, until its profile is written anew or the platform starts again: {Failure}. {Stack}", profile.Id, e.GetType().Name, e.StackTrace);
        }
    }

    private static async Task End(Running running)
    {
        await running.Stop.CancelAsync();
        await running.Task;
        running.Stop.Dispose();
    }
}
