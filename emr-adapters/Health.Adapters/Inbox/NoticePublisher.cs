using Health.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Wolverine;

namespace Health.Adapters.Inbox;

/// <summary>
/// Publishes a <see cref="MessageProcessed"/> for every finished message. The row says that its notice is due until the bus has it, so a
/// crash repeats a notice and never loses one; its id is derived from message and outcome, so a repeat is recognised.
/// </summary>
internal sealed class NoticePublisher(
    NpgsqlDataSource database, IServiceScopeFactory scopes, IKeyring keyring, InboxSignal signal, TimeProvider time, ILogger<NoticePublisher> log) : BackgroundService
{
    private const int Most = 200;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => signal.NoticeDue.Work(
        async ct => await PublishDue(ct) == Most, LookAgain, time, e => log.LogWarning(e, "Notices could not be published now; they stay due."), stoppingToken);

    private async Task<int> PublishDue(CancellationToken ct)
    {
        var due = await Due(ct);
        if (due.Count == 0) return 0;
        await using (var scope = scopes.CreateAsyncScope())
        {
            var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
            foreach (var (_, notice) in due) await bus.PublishAsync(notice);
        }

        await using var connection = await database.OpenConnectionAsync(ct);
        await InboxSql.Execute(
            connection, "update adapters.inbox set notice_due = false where message_id = any($1) and state in ('done', 'quarantined', 'superseded')",
            ct, new object?[] { due.Select(one => one.MessageId).ToArray() });
        return due.Count;
    }

    private async Task<List<(string MessageId, MessageProcessed Notice)>> Due(CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select message_id, institution_code, message_type || '^' || trigger_event, case state when 'done' then 'accepted' else 'quarantined' end, finished_at
            from adapters.inbox where notice_due and state in ('done', 'quarantined', 'superseded') order by position limit $1
            """);
        command.Parameters.Add(new() { Value = Most });
        List<(string, MessageProcessed)> due = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var (messageId, outcome) = (reader.GetString(0), reader.GetString(3));
            due.Add((messageId, new MessageProcessed(
                keyring.Blind("adapters.notice", $"{messageId}|{outcome}"), reader.GetFieldValue<DateTimeOffset>(4), reader.GetString(1), reader.GetString(2), outcome)));
        }

        return due;
    }
}
