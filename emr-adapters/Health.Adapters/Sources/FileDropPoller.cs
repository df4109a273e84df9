using System.Text.RegularExpressions;
using Health.Adapters.Inbox;
using Health.Adapters.Listening;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Sources;

/// <summary>The file door: looks into the folder of each source and takes the files that have come to rest, by name, one at a time.</summary>
public sealed partial class FileDropPoller(SourceRegistry sources, Intake intake, NpgsqlDataSource database, TimeProvider time, ILogger<FileDropPoller> log) : BackgroundService
{
    private readonly FileProgress progress = new(database);
    private readonly Complaints complaints = new(time, log);

    private readonly record struct Seen(long Length, DateTime WrittenAt, DateTimeOffset Since);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new SourceLoops(sources, profile => profile.Door == "file", Loop, log).Run(stoppingToken);

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
        if (!Directory.Exists(profile.FileDrop!.Folder))
        {
            complaints.Say($"folder of {profile.Id}", $"The folder of {profile.Id} (fileDrop.folder) is not there; nothing is read from it until it is.");
            return;
        }

        foreach (var path in AtRest(profile.FileDrop, seen))
        {
            try
            {
                await new DroppedFile(profile, intake, progress).Take(path, ct);
                seen.Remove(path);
            }
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                complaints.Say($"file of {profile.Id}", $"{Shown(path)} of {profile.Id} could not be taken now ({e.GetType().Name}); it stays and is read on later.");
                // Without the inbox none can be taken; one file that cannot be read does not hold up the others.
                if (e is InboxUnavailableException or NpgsqlException) return;
            }
        }
    }

    /// <summary>A name that may stand in a log: senders put numbers of persons into names of files.</summary>
    private static string Shown(string path) => Path.GetFileName(path) is var name && PlainName().IsMatch(name) ? $"File {name}" : "A file whose name is not shown";

    [GeneratedRegex(@"^(?!.*[0-9]{15})[A-Za-z0-9._\-]{1,60}\z")]
    private static partial Regex PlainName();

    /// <summary>Files whose size and time have not changed for long enough. A link may lead anywhere and is not followed.</summary>
    private List<string> AtRest(FileDropSettings settings, Dictionary<string, Seen> seen)
    {
        var now = time.GetUtcNow();
        // What was begun goes first.
        var files = Files(Path.Combine(settings.Folder, DroppedFile.Taking)).Concat(Files(settings.Folder)).ToList();
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

    private static IEnumerable<FileInfo> Files(string folder) => !Directory.Exists(folder)
        ? []
        : new DirectoryInfo(folder).EnumerateFiles().Where(file => file.Extension.ToLowerInvariant() is ".hl7" or ".txt" && file.LinkTarget is null).OrderBy(file => file.Name, StringComparer.Ordinal);
}
