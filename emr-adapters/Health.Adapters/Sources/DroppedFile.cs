using System.Security.Cryptography;
using System.Text;
using Health.Adapters.Inbox;
using Health.Hl7v2;

namespace Health.Adapters.Sources;

/// <summary>
/// Takes one file of messages: first out of the sender's reach into <c>taking</c>, then group by group into the inbox, the answers beside it, and
/// the file to <c>done</c> (all accepted) or <c>error</c>. It can stop anywhere and be begun again.
/// </summary>
internal sealed class DroppedFile(SourceProfile profile, Intake intake, FileProgress progress)
{
    /// <summary>Below the folder: files under way, which nobody writes over any more.</summary>
    public const string Taking = "taking";

    private const int AtATime = 64;
    private readonly FileDropSettings settings = profile.FileDrop!;

    /// <exception cref="IOException">The inbox or the folder is not available, or the file is still written to: it stays and is read on later.</exception>
    public async Task Take(string dropped, CancellationToken ct)
    {
        var name = Path.GetFileName(dropped);
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(settings.Folder, Taking)).FullName, name);
        // A file of the same name that comes meanwhile waits until this one is finished.
        if (dropped != path) File.Move(dropped, path, overwrite: false);
        var (length, writtenAt) = Standing(path);
        if (length > settings.MaxFileBytes)
        {
            await Put(path, "error", $"The file is longer than {settings.MaxFileBytes} bytes; nothing was taken.\n", null, ct);
            return;
        }

        var bytes = await File.ReadAllBytesAsync(path, ct);
        var sha256 = SHA256.HashData(bytes);
        var file = MessageFile.Of(bytes);
        if (file.Problem is { } problem)
        {
            await Put(path, "error", $"{problem} Nothing was taken.\n", null, ct);
            return;
        }

        var answers = Path.Combine(settings.Folder, $"{name}.answers");
        var mark = await TakeMessages(file, name, sha256, answers, ct);
        // Whoever had it open may have written on after it was moved: then it is read again, and the inbox knows what it has.
        if (Standing(path) != (length, writtenAt)) throw new IOException("The file was written to while it was taken.");
        var report = $"{file.Messages.Count} messages, {file.Messages.Count - mark.Faults} accepted, {mark.Faults} not accepted (see the answers).\n";
        await Put(path, mark.Faults == 0 ? "done" : "error", report, answers, ct);
        await progress.Forget(profile.Id, name, ct);
    }

    private static (long Length, DateTime WrittenAt) Standing(string path)
    {
        var file = new FileInfo(path);
        return (file.Length, file.LastWriteTimeUtc);
    }

    private async Task<FileMark> TakeMessages(MessageFile file, string name, byte[] sha256, string answersPath, CancellationToken ct)
    {
        var mark = await progress.Read(profile.Id, name, sha256, ct);
        await using var answers = new FileStream(answersPath, FileMode.OpenOrCreate, FileAccess.Write);
        // Answers are flushed before the mark moves. Should they be missing all the same, reading again gives the same answers.
        if (answers.Length < mark.Answered) mark = default;
        answers.SetLength(mark.Answered);
        answers.Position = mark.Answered;
        while (mark.Taken < file.Messages.Count)
        {
            var group = file.Messages.Skip(mark.Taken).Take(AtATime).ToArray();
            // Begun in order, so stored in order; their commits are shared.
            var given = await Task.WhenAll(group.Select(message => intake.Receive(message, source => source.Id == profile.Id, ct)));
            foreach (var answer in given)
                if (answer.Ack is { } ack) await answers.WriteAsync(ack, ct);
            answers.Flush(flushToDisk: true);
            var faults = given.Count(answer => answer.Outcome is not (IntakeOutcome.Stored or IntakeOutcome.Repeated or IntakeOutcome.Ignored or IntakeOutcome.Answered));
            mark = new FileMark(mark.Taken + group.Length, mark.Faults + faults, answers.Position);
            await progress.Write(profile.Id, name, sha256, mark, ct);
        }

        return mark;
    }

    /// <summary>Report and answers first, the file last: while it is in the folder it is not finished.</summary>
    private async Task Put(string path, string folder, string report, string? answersPath, CancellationToken ct)
    {
        var target = Directory.CreateDirectory(Path.Combine(settings.Folder, folder)).FullName;
        var name = Path.GetFileName(path);
        for (var copy = 2; File.Exists(Path.Combine(target, name)); copy++) name = $"{Path.GetFileNameWithoutExtension(path)}-{copy}{Path.GetExtension(path)}";
        await File.WriteAllTextAsync(Path.Combine(target, $"{name}.report"), report, ct);
        if (answersPath is not null) await File.WriteAllBytesAsync(Path.Combine(target, $"{name}.ack"), Batch(await File.ReadAllBytesAsync(answersPath, ct)), ct);
        File.Move(path, Path.Combine(target, name));
        if (answersPath is not null) File.Delete(answersPath);
    }

    /// <summary>The answers as one batch file.</summary>
    private static byte[] Batch(byte[] answers)
    {
        var count = Hl7Batch.Split(answers).Count;
        return [.. Encoding.ASCII.GetBytes("FHS|^~\\&\rBHS|^~\\&\r"), .. answers, .. Encoding.ASCII.GetBytes($"BTS|{count}\rFTS|1\r")];
    }
}
