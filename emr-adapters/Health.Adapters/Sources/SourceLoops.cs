namespace Health.Adapters.Sources;

/// <summary>
/// One loop for each source of a kind, as long as its profile stays the same: a changed profile ends its loop, and the new one begins when
/// the old has come to its end.
/// </summary>
internal sealed class SourceLoops(SourceRegistry sources, Func<SourceProfile, bool> isOurs, Func<SourceProfile, CancellationToken, Task> loop)
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
                    running[profile] = new Running(stop, Task.Run(() => loop(profile, stop.Token), CancellationToken.None));
                }

                // A loop that fails is a bug, and the host must hear of it as of any background service.
                var first = await Task.WhenAny([change, .. running.Values.Select(one => one.Task)]).WaitAsync(ct);
                if (first != change) await first;
            }
        }
        finally
        {
            foreach (var one in running.Values) await End(one);
        }
    }

    private static async Task End(Running running)
    {
        await running.Stop.CancelAsync();
        await running.Task;
        running.Stop.Dispose();
    }
}
