using System.Text.Json;
using Health.CardBridge.Bindings;
using Health.CardBridge.Issuing;
using Health.CardBridge.Loads;
using Health.CardBridge.Offline;
using Health.CardBridge.Payers;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Wolverine;

namespace Health.CardBridge.Log;

/// <summary>Delivers what was written into the outbox, in order of writing, at least once. Woken by every commit; a message that fails waits and lets the others pass.</summary>
public sealed class OutboxDispatcher(
    NpgsqlDataSource database, OutboxSignal signal, IServiceScopeFactory scopes, VisitLog visits, CardLog cards, VisitSecrets secrets, OfflineRecords offline, LoadProcess loads, CityCardOperator company, TimeProvider clock, ILogger<OutboxDispatcher> log) : BackgroundService
{
    private const int Batch = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private sealed record Row(long Position, Guid MessageId, string Kind, string Body);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        signal.Wake();
        await using var again = clock.CreateTimer(_ => signal.Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        while (await signal.Wait(stoppingToken))
        {
            try
            {
                if (!await DeliverAll(stoppingToken)) again.Change(Pause, Timeout.InfiniteTimeSpan);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                log.LogError(failure, "The outbox cannot be read; it is tried again");
                again.Change(Pause, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>True when nothing is left behind.</summary>
    private async Task<bool> DeliverAll(CancellationToken ct)
    {
        var complete = true;
        long after = 0;
        while (await Next(after, ct) is { Count: > 0 } rows)
        {
            foreach (var row in rows)
            {
                if (await TryDeliver(row, ct)) await Delete(row, ct);
                else complete = false;
                after = row.Position;
            }
        }
        return complete;
    }

    // One message that cannot be delivered keeps its place and does not stop the others.
    private async Task<bool> TryDeliver(Row row, CancellationToken ct)
    {
        try
        {
            return await Deliver(row, ct);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            log.LogError(failure, "Message {MessageId} of kind {Kind} could not be delivered; it is tried again", row.MessageId, row.Kind);
            return false;
        }
    }

    private async Task<bool> Deliver(Row row, CancellationToken ct)
    {
        switch (row.Kind)
        {
            case OutboxMessage.OperatorTransaction: return await TellDebit(JsonSerializer.Deserialize<string>(row.Body)!, ct);
            case OutboxMessage.OfflineTransaction: return await TellOfflineDebit(JsonSerializer.Deserialize<OutboxMessage.OfflineDebitBody>(row.Body)!, ct);
            case OutboxMessage.OperatorLoad: return await TellLoad(JsonSerializer.Deserialize<string>(row.Body)!, ct);
            case OutboxMessage.OfflineVisitRecord: return await offline.Write(JsonSerializer.Deserialize<string>(row.Body)!, ct);
            case OutboxMessage.OperatorBlock: return await Block(JsonSerializer.Deserialize<string>(row.Body)!, ct);
            case OutboxMessage.OperatorBlockOld: return await BlockOld(JsonSerializer.Deserialize<OutboxMessage.OldPurse>(row.Body)!, ct);
            case nameof(CardIssued): await Publish<CardIssued>(row); return true;
            case nameof(VisitRegistered): await Publish<VisitRegistered>(row); return true;
            case nameof(VisitSettled): await Publish<VisitSettled>(row); return true;
            case nameof(PaymentOutcomeChanged): await Publish<PaymentOutcomeChanged>(row); return true;
            default: throw new InvalidOperationException($"The outbox holds a message of unknown kind {row.Kind}.");
        }
    }

    private async Task Publish<T>(Row row) where T : INotice
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMessageBus>().PublishAsync(JsonSerializer.Deserialize<T>(row.Body)!);
    }

    private async Task<bool> TellDebit(string visitTx, CancellationToken ct)
    {
        var (state, _) = await visits.Load(visitTx, ct);
        var holder = await secrets.Holder(state, ct);
        switch (await company.Tell(state.Debit!, holder.PurseNo!, state.Tac!, ct))
        {
            case PayerAnswer<Done>.Accepted:
                return true;
            case PayerAnswer<Done>.Refused(var reason):
                // The chip says paid, the operator does not believe it: a person decides.
                await Except(state, "operator-rejects-debit", reason, ct);
                return true;
            default:
                return false;
        }
    }

    private async Task<bool> TellOfflineDebit(OutboxMessage.OfflineDebitBody debit, CancellationToken ct)
    {
        switch (await offline.Tell(debit.VisitTx, debit.Key, ct))
        {
            case PayerAnswer<Done>.Accepted:
                return true;
            case PayerAnswer<Done>.Refused(var reason):
                await Except(debit.VisitTx, (await offline.Find(debit.VisitTx, ct))?.InstitutionCode ?? "", "operator-rejects-debit", reason, ct);
                return true;
            default:
                return false;
        }
    }

    private async Task<bool> TellLoad(string loadId, CancellationToken ct)
    {
        var (answer, request) = await loads.Tell(loadId, ct);
        if (answer is PayerAnswer<Done>.Refused(var reason)) await Except(loadId, request.InstitutionCode, "operator-rejects-load", reason, ct);
        return answer is not PayerAnswer<Done>.Unknown;
    }

    // What is told is how the card stands now, so that messages delivered late or twice leave the operator with the truth.
    private async Task<bool> Block(string cardId, CancellationToken ct)
    {
        var (card, _) = await cards.Load(cardId, ct);
        if (await cards.Holder(cardId, card, ct) is not { PurseNo: { } purseNo }) return true;
        return await company.Block(purseNo, card.Stage is CardStage.Lost or CardStage.Locked or CardStage.Cancelled or CardStage.Destroyed, ct) is PayerAnswer<Done>.Accepted;
    }

    private async Task<bool> BlockOld(OutboxMessage.OldPurse old, CancellationToken ct) =>
        await cards.PurseNo(old.CardId, old.Number, ct) is not { } purseNo || await company.Block(purseNo, true, ct) is PayerAnswer<Done>.Accepted;

    private Task Except(SettlementState state, string kind, string detail, CancellationToken ct) => Except(state.Request!.VisitTx, state.Request.InstitutionCode, kind, detail, ct);

    private async Task Except(string visitTx, string institutionCode, string kind, string detail, CancellationToken ct)
    {
        log.LogError("Visit {VisitTx} is on the exception list: {Kind}, {Detail}", visitTx, kind, detail);
        await using var command = database.CreateCommand(
            "insert into cards.exception (exception_id, visit_tx, institution_code, kind, detail, found_at) values ($1, $2, $3, $4, $5, $6) on conflict (exception_id) do nothing");
        foreach (object value in new object[] { OutboxMessage.IdOf(kind, visitTx), visitTx, institutionCode, kind, detail, clock.GetUtcNow() })
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<List<Row>> Next(long after, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select position, message_id, kind, body::text from cards.outbox where position > $1 order by position limit $2");
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = Batch });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<Row> rows = [];
        while (await reader.ReadAsync(ct)) rows.Add(new Row(reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3)));
        return rows;
    }

    private async Task Delete(Row row, CancellationToken ct)
    {
        await using var command = database.CreateCommand("delete from cards.outbox where position = $1");
        command.Parameters.Add(new() { Value = row.Position });
        await command.ExecuteNonQueryAsync(ct);
    }
}
