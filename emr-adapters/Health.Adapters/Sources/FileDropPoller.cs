using Health.Adapters.Inbox;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Sources;

/// <summary>The file door: looks into the folder of each source and takes the files that have come to rest, by name, one at a time.</summary>
public sealed class FileDropPoller(SourceRegistry sources, Intake intake, NpgsqlDataSource database, TimeProvider time, ILogger<FileDropPoller> log) : BackgroundService
{
    private readonly FileProgress progress = new(database);

    private readonly record struct Seen(long Length, DateTime WrittenAt, DateTimeOffset Since);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new SourceLoops(sources, profile => profile.Door == "file", Loop).Run(stoppingToken);

    private async Task Loop(SourceProfile profile, CancellationToken ct)
    {
        Dictionary<string, Seen> seen = new(StringComparer.Ordinal);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(profile.FileDrop!.IntervalSeconds), time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct)) await Look(profile, seen, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            log.LogDebug("The folder of {Source} is no longer watched.", profile.Id);
        }
    }

    private async Task Look(SourceProfile profile, Dictionary<string, Seen> seen, CancellationToken ct)
    {
        try
        {
            foreach (var path in AtRest(profile.FileDrop!, seen))
            {
                await new DroppedFile(profile, intake, progress).Take(path, ct);
                seen.Remove(path);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            log.LogWarning("A file of {Source} could not be taken now ({Failure}); it stays and is read on later.", profile.Id, e.GetType().Name);
        }
    }

    /// <summary>Files whose size and time have not changed for long enough. A link may lead anywhere and is not followed.</summary>
    private List<string> AtRest(FileDropSettings settings, Dictionary<string, Seen> seen)
    {
        var now = time.GetUtcNow();
        var files = new DirectoryInfo(settings.Folder).EnumerateFiles()
            .Where(file => file.Extension.ToLowerInvariant() is ".hl7" or ".txt" && file.LinkTarget is null).OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        foreach (var gone in seen.Keys.Except(files.Select(file => file.FullName)).ToList()) seen.Remove(gone);
        List<string> atRest = [];
        foreach (var file in files)
        {
            if (!seen.TryGetValue(file.FullName, out var before) || before.Length != file.Length || before.WrittenAt != file.LastWriteTimeUtc)
                seen[file.FullName] = before = new Seen(file.Length, file.LastWriteTimeUtc, now);
            if (now - before.Since >= TimeSpan.FromSeconds(settings.StableSeconds)) atRest.Add(file.FullName);
        }

        return atRest;
    }
}
