using Health.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Wolverine;

namespace Health.Adapters.Inbox;

/// <summary>
/// Publishes a <see cref="MessageProcessed"/> for every finished message, many together. What is to be told is stored with the outcome until the bus has it, so
/// a crash repeats a notice and never loses one; its id is derived from message and outcome, so a repeat is recognised.
/// </summary>
internal sealed class NoticePublisher(
    NpgsqlDataSource database, IServiceScopeFactory scopes, IKeyring keyring, InboxSignal signal, TimeProvider time, ILogger<NoticePublisher> log) : BackgroundService
{
    /// <summary>Batches of messages that are told together.</summary>
    private const int Most = 8;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => signal.NoticeDue.Work(
        async ct => await PublishDue(ct) == Most, LookAgain, time, e => log.LogWarning(e, "Notices could not be published now; they stay due."), stoppingToken);

    private async Task<int> PublishDue(CancellationToken ct)
    {
        var due = await Notices.Due(database, Most, ct);
        if (due.Count == 0) return 0;
        await using (var scope = scopes.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<IMessageBus>().PublishAsync(new MessagesProcessed([.. due.SelectMany(one => one.Lines).Select(Notice)]));
        await Notices.Remove(database, due.Select(one => one.Id), ct);
        return due.Count;
    }

    private MessageProcessed Notice(NoticeLine line) =>
        new(keyring.Blind("adapters.notice", $"{line.MessageId}|{line.Outcome}"), line.At, line.InstitutionCode, line.MessageType, line.Outcome);
}
