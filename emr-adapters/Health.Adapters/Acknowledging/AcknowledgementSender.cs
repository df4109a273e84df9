using Health.Adapters.Inbox;
using Health.Adapters.Sources;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Adapters.Acknowledging;

/// <summary>
/// Gives the application acknowledgements that enhanced mode promises: on the connection the message came on, else to the return address
/// of its source. What could not be given is tried again, ever less often, for a day; then it is given up and said so.
/// </summary>
internal sealed class AcknowledgementSender(
    NpgsqlDataSource database, SourceRegistry sources, ApplicationAnswers answers, ReturnPaths paths, InboxSignal signal, TimeProvider time, ILogger<AcknowledgementSender> log)
    : BackgroundService
{
    private const int AtATime = 64;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(1);

    private sealed record Due(string MessageId, string SourceId, string Condition, int Attempts, DateTimeOffset ReceivedAt);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => signal.AckDue.Work(
        async ct => await GiveDue(ct) == AtATime, LookAgain, time,
        e => log.LogWarning("Application acknowledgements could not be given now ({Failure}); they are tried again.", e.GetType().Name), stoppingToken);

    private async Task<int> GiveDue(CancellationToken ct)
    {
        var due = await Read(ct);
        // In the order of each source; a source that does not take its answers holds up no other.
        await Task.WhenAll(due.GroupBy(one => one.SourceId).Select(async group =>
        {
            foreach (var one in group) await Settle(one, await Give(one, ct), ct);
        }));
        return due.Count;
    }

    private async Task<List<Due>> Read(CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select message_id, source_id, application_ack, ack_attempts, received_at from adapters.inbox
            where application_ack is not null and state <> 'received' and (ack_next_at is null or ack_next_at <= $1) order by position limit $2
            """);
        command.Parameters.Add(new() { Value = time.GetUtcNow().UtcDateTime });
        command.Parameters.Add(new() { Value = AtATime });
        List<Due> due = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            due.Add(new Due(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetFieldValue<DateTimeOffset>(4)));
        return due;
    }

    /// <summary>True when nothing more is owed.</summary>
    private async Task<bool> Give(Due due, CancellationToken ct)
    {
        if (await answers.Find(due.MessageId, ct) is not { } answer || !AnswerPlan.Wants(due.Condition, answer.Code)) return true;
        if (paths.Of(due.MessageId) is { } path && await path.TryGive(answer.Ack, ct)) return true;
        if (sources.ById(due.SourceId)?.Protocol.ReturnEndpoint is not var (host, port)) return false;
        try
        {
            await using var sender = new MllpSender(host, port, Timeout, time);
            return (await sender.Send(AskingForCommit(answer.Ack), ct)).IsAccepted;
        }
        catch (MllpException e)
        {
            log.LogInformation("The return address of {Source} did not take an acknowledgement: {Reason}", due.SourceId, e.InnerException?.GetType().Name ?? e.Message);
            return false;
        }
    }

    private async Task Settle(Due due, bool isSettled, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var isGivenUp = !isSettled && now - due.ReceivedAt > GiveUpAfter;
        if (isGivenUp) log.LogWarning("The application acknowledgement of message {MessageId} of {Source} could not be given within a day and is given up.", due.MessageId, due.SourceId);
        if (isSettled || isGivenUp) paths.Forget(due.MessageId);
        await using var connection = await database.OpenConnectionAsync(ct);
        await (isSettled || isGivenUp
            ? InboxSql.Execute(connection, "update adapters.inbox set application_ack = null, ack_next_at = null where message_id = $1", ct, due.MessageId)
            : InboxSql.Execute(
                connection, "update adapters.inbox set ack_attempts = ack_attempts + 1, ack_next_at = $2 where message_id = $1", ct,
                due.MessageId, (now + OutcomeWriter.Delay(due.Attempts)).UtcDateTime));
    }

    /// <summary>At a return address only a commit acknowledgement proves that the answer arrived.</summary>
    private static byte[] AskingForCommit(byte[] ack)
    {
        using var message = Hl7Message.Read(ack).Message!;
        using var asking = Hl7Message.Read(message.With(Hl7Path.Parse("MSH-15"), "AL"), Hl7Charset.Utf8).Message!;
        return message.Charset.Encoding.GetBytes(System.Text.Encoding.UTF8.GetString(asking.With(Hl7Path.Parse("MSH-16"), "NE")));
    }
}
