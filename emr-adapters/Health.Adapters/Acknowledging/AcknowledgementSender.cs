using System.Collections.Concurrent;
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
/// of its source. What could not be given is tried again, ever less often, for a day; then it is given up and said so. Each source is served by itself, and an
/// address that does not answer is left alone for a while: it costs the others nothing.
/// </summary>
internal sealed class AcknowledgementSender(
    NpgsqlDataSource database, SourceRegistry sources, ApplicationAnswers answers, ReturnPaths paths, InboxSignal signal, TimeProvider time, ILogger<AcknowledgementSender> log)
    : BackgroundService
{
    private const int OfOneSource = 32;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(1);

    /// <summary>The sources that are being served. Of the loop alone.</summary>
    private readonly Dictionary<string, Task> serving = new(StringComparer.Ordinal);

    /// <summary>Return addresses that did not answer: how often in turn, and until when they are not tried.</summary>
    private readonly ConcurrentDictionary<(string Host, int Port), (int Failures, DateTimeOffset Until)> silent = new();

    private sealed record Due(string MessageId, string SourceId, string Condition, int Attempts, DateTimeOffset ReceivedAt);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await signal.AckDue.Work(
            async ct =>
            {
                await ServeDue(ct);
                return false;
            },
            LookAgain, time, Failed, stoppingToken);
        await Task.WhenAll(serving.Values);
    }

    private async Task ServeDue(CancellationToken ct)
    {
        foreach (var ended in serving.Where(one => one.Value.IsCompleted).Select(one => one.Key).ToList()) serving.Remove(ended);
        foreach (var group in (await Read([.. serving.Keys], ct)).GroupBy(one => one.SourceId))
        {
            var served = serving[group.Key] = Serve([.. group], ct);
            // Only once it has ended: the next portion of the source is due then.
            _ = served.ContinueWith(_ => signal.AckDue.Signal(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>A portion of one source, in order; after a failure it rests a while, so that its source is not asked at once again. Ends without an exception.</summary>
    private async Task Serve(List<Due> portion, CancellationToken ct)
    {
        try
        {
            if (await IsGiven(portion, ct)) return;
            using var rest = new PeriodicTimer(LookAgain, time);
            await rest.WaitForNextTickAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            log.LogDebug("The platform stops; the acknowledgements of {Source} are owed still.", portion[0].SourceId);
        }
    }

    private async Task<bool> IsGiven(List<Due> portion, CancellationToken ct)
    {
        try
        {
            foreach (var one in portion) await Settle(one, await Give(one, ct), ct);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Failed(e);
            return false;
        }
    }

    private void Failed(Exception e) => log.LogWarning("Application acknowledgements could not be given now ({Failure}); they are tried again.", e.GetType().Name);

    /// <summary>The next portion of every source that is not being served.</summary>
    private async Task<List<Due>> Read(string[] served, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select due.* from
                (select distinct source_id from adapters.inbox
                    where application_ack is not null and state <> 'received' and (ack_next_at is null or ack_next_at <= $1) and source_id <> all ($3)) as source
                cross join lateral (
                    select message_id, source_id, application_ack, ack_attempts, received_at from adapters.inbox
                    where source_id = source.source_id and application_ack is not null and state <> 'received' and (ack_next_at is null or ack_next_at <= $1)
                    order by position limit $2) as due
            """);
        command.Parameters.Add(new() { Value = time.GetUtcNow().UtcDateTime });
        command.Parameters.Add(new() { Value = OfOneSource });
        command.Parameters.Add(new() { Value = served });
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
        if (sources.ById(due.SourceId)?.Protocol.ReturnEndpoint is not { } endpoint || IsSilent(endpoint)) return false;
        try
        {
            await using var sender = new MllpSender(endpoint.Host, endpoint.Port, Timeout, time);
            var isAccepted = (await sender.Send(AskingForCommit(answer.Ack), ct)).IsAccepted;
            silent.TryRemove(endpoint, out _);
            return isAccepted;
        }
        catch (MllpException e)
        {
            var failures = silent.GetValueOrDefault(endpoint).Failures;
            silent[endpoint] = (failures + 1, time.GetUtcNow() + OutcomeWriter.Delay(failures));
            log.LogInformation("The return address of {Source} did not take an acknowledgement: {Reason}", due.SourceId, e.InnerException?.GetType().Name ?? e.Message);
            return false;
        }
    }

    private bool IsSilent((string Host, int Port) endpoint) => silent.TryGetValue(endpoint, out var state) && state.Until > time.GetUtcNow();

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
