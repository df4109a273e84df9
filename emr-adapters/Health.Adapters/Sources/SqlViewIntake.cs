using Health.Adapters.Inbox;
using Health.Hl7v2;
using Microsoft.Extensions.Logging;

namespace Health.Adapters.Sources;

/// <summary>Puts rows of a view into the inbox and remembers which became messages. A row that is not taken holds up no other.</summary>
internal sealed class SqlViewIntake(Intake intake, ILogger log)
{
    private const int AtATime = 64;

    /// <returns>How many were taken.</returns>
    /// <exception cref="InvalidOperationException">The source itself is not known by what its messages carry: nothing of the view would be taken.</exception>
    public async Task<int> Take(IReadOnlyList<SqlViewRow> rows, SourceProfile profile, SqlViewKeys keys, CancellationToken ct)
    {
        var count = 0;
        // Begun in order, so stored in order; their commits are shared.
        foreach (var some in rows.Chunk(AtATime))
        {
            var answers = await Task.WhenAll(some.Select(row => intake.Receive(SqlViewMessage.Of(row, profile, profile.SqlView!), source => source.Id == profile.Id, ct)));
            List<(long Key, string MessageId)> taken = [];
            for (var i = 0; i < some.Length; i++)
            {
                // One whose control id came with another body before is kept in the quarantine: it is a message too.
                if (answers[i].MessageId is { } messageId) taken.Add((some[i].Key, messageId));
                else NotTaken(profile, answers[i]);
            }

            await keys.Remember(taken, ct);
            count += taken.Count;
        }

        return count;
    }

    private void NotTaken(SourceProfile profile, IntakeAnswer answer)
    {
        var problem = Problem(answer);
        if (problem.Code == Hl7ErrorCode.UnknownKeyIdentifier)
            throw new InvalidOperationException($"No row of {profile.Id} can be taken: another profile names its sendingApplication and sendingFacility.");
        // The reason is ours and names places and agreed codes, never a value.
        log.LogWarning("A row of {Source} was not taken ({Outcome} {Code} at {Path}: {Reason}); the others go on, and it is asked for again at the next comparison.",
            profile.Id, answer.Outcome, problem.Code, problem.Path, problem.Text);
    }

    private static (string Code, string Path, string Text) Problem(IntakeAnswer answer)
    {
        using var ack = answer.Ack is null ? null : Hl7Message.Read(answer.Ack, Hl7Charset.Utf8).Message;
        return (ack?.Get("ERR-3.1") ?? "?", ack?.Get("ERR-7") ?? "?", ack?.Get("ERR-8") ?? "no reason");
    }
}
