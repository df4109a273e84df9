using Health.Contracts;
using Marten;
using Marten.Services;
using Npgsql;

namespace Health.Adapters.Inbox;

/// <summary>
/// A transaction that appends to the event log. The turn is taken as late as possible and nothing waits for another connection while it
/// is held.
/// </summary>
internal sealed class LogTransaction : IAsyncDisposable
{
    private readonly NpgsqlTransaction transaction;

    private LogTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        Connection = connection;
        this.transaction = transaction;
    }

    public NpgsqlConnection Connection { get; }

    public static async Task<LogTransaction> Begin(NpgsqlDataSource database, CancellationToken ct)
    {
        var connection = await database.OpenConnectionAsync(ct);
        try
        {
            return new LogTransaction(connection, await connection.BeginTransactionAsync(ct));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public Task TakeTurn(CancellationToken ct) => InboxSql.Execute(Connection, EventLog.TakeTurnSql, ct);

    /// <summary>Appends one event to each stream, in this transaction. The turn must have been taken.</summary>
    public async Task Append(IDocumentStore store, EventHeader header, IEnumerable<(string MessageId, object Fact)> facts, CancellationToken ct)
    {
        await using var session = store.LightweightSession(SessionOptions.ForTransaction(transaction));
        foreach (var (key, value) in header.Entries()) session.SetHeader(key, value);
        var any = false;
        foreach (var (messageId, fact) in facts)
        {
            any = true;
            if (fact is MessageReceived) session.Events.StartStream(MessageStream.Of(messageId), fact);
            else session.Events.Append(MessageStream.Of(messageId), fact);
        }

        if (any) await session.SaveChangesAsync(ct);
    }

    public Task Commit(CancellationToken ct) => transaction.CommitAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}
