using Health.Adapters.Inbox;
using Health.Contracts;
using Health.Hl7v2;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Sources;

/// <summary>
/// Finds the rows that a view showed once and shows no more, which no watermark sees. Nothing is deleted for that: the row becomes a message,
/// made of the last one it was. By default it is an ADT^A23, which waits in the quarantine for a person; where the profile says that a row
/// goes only when a visit is cancelled, an ADT^A11. The other way round, a row that the view shows and that never became a message is read now: it was
/// committed so late that its time of change lay behind the watermark, or it was not taken then.
/// </summary>
internal sealed class SqlViewReconciler(NpgsqlDataSource database, IRawMessages raw, Intake intake, SqlViewIntake rows, TimeProvider time, ILogger log)
{
    /// <summary>More than this share of a view, and more than a few rows, do not go at once: then the view has changed, and not the visits.</summary>
    private const double MostGone = 0.1;
    private const int AlwaysAllowed = 20;

    /// <summary>Unknown rows that one comparison reads.</summary>
    private const int MostUnknown = 10_000;
    private const int UnknownAtATime = 100;

    /// <returns>How many rows are gone and became messages.</returns>
    public async Task<int> Run(SourceProfile profile, SqlViewReader reader, CancellationToken ct)
    {
        var keys = new SqlViewKeys(database, profile.Id);
        // Known before the view is read: a row that is taken meanwhile is not asked for.
        var missing = await keys.Standing(ct);
        var known = missing.Count;
        // The highest keys, which are the latest as a rule: rows that are never taken keep no other from being read.
        Queue<long> unknown = [];
        await foreach (var key in reader.Keys(ct))
        {
            if (missing.Remove(key)) continue;
            if (unknown.Count == MostUnknown) unknown.Dequeue();
            unknown.Enqueue(key);
        }

        await ReadUnknown(profile, reader, keys, unknown, ct);
        if (profile.SqlView!.GoneRows == "ignore") return 0;
        if (missing.Count > AlwaysAllowed && missing.Count > MostGone * known)
        {
            log.LogError("{Count} of {Known} rows are gone from the view of {Source}: nothing was done. Look at the view; sqlView.goneRows \"ignore\" stops the comparison.", missing.Count, known, profile.Id);
            return 0;
        }

        foreach (var (key, messageId) in missing)
        {
            await Tell(profile, messageId, ct);
            await keys.MarkGone(key, time.GetUtcNow(), ct);
        }

        return missing.Count;
    }

    private async Task ReadUnknown(SourceProfile profile, SqlViewReader reader, SqlViewKeys keys, IEnumerable<long> unknown, CancellationToken ct)
    {
        var count = 0;
        foreach (var some in unknown.Chunk(UnknownAtATime)) count += await rows.Take(await reader.Rows(some, ct), profile, keys, ct);
        if (count > 0) log.LogInformation("{Count} rows of the view of {Source} were not met by a poll and are read now.", count, profile.Id);
    }

    /// <summary>The same row gone again after a crash is the same message.</summary>
    private async Task Tell(SourceProfile profile, string messageId, CancellationToken ct)
    {
        var trigger = profile.SqlView!.GoneRows == "cancel" ? "A11" : "A23";
        if (await raw.Open(messageId, ct) is not { } stored)
        {
            log.LogWarning("A row is gone from the view of {Source}, and its last message {MessageId} can no longer be opened.", profile.Id, messageId);
            return;
        }

        var answer = await intake.Receive(Gone(stored.Bytes, trigger), source => source.Id == profile.Id, ct);
        if (answer.Outcome is not (IntakeOutcome.Stored or IntakeOutcome.Repeated)) throw new InvalidOperationException($"The inbox did not take the end of a row of {profile.Id}: {answer.Outcome}.");
        log.LogInformation("A row is gone from the view of {Source}: message {MessageId} tells it ({Trigger}).", profile.Id, answer.MessageId, trigger);
    }

    internal static byte[] Gone(byte[] last, string trigger)
    {
        var (bytes, controlId) = (last, "");
        foreach (var path in new[] { "MSH-10", "MSH-9.2", "EVN-1" })
        {
            using var message = Hl7Message.Read(bytes, Hl7Charset.Utf8).Message ?? throw new InvalidOperationException("The last message of a row is none.");
            if (controlId.Length == 0) controlId = $"{message.ControlId}-gone";
            bytes = message.With(Hl7Path.Parse(path), path == "MSH-10" ? controlId : trigger);
        }

        return bytes;
    }
}
