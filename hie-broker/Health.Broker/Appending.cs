using Health.Contracts;
using Marten;
using Marten.Services;
using Npgsql;

namespace Health.Broker;

/// <summary>
/// One transaction that may append events. Nothing in it opens a second connection: whoever waits for the turn already holds one, so
/// the holder of the turn could wait for ever.
/// </summary>
internal sealed class Appending : IAsyncDisposable
{
    private Appending(NpgsqlConnection connection, NpgsqlTransaction transaction, IDocumentSession session)
    {
        Connection = connection;
        Transaction = transaction;
        Session = session;
    }

    public NpgsqlConnection Connection { get; }

    public NpgsqlTransaction Transaction { get; }

    public IDocumentSession Session { get; }

    public bool HasTurn { get; private set; }

    /// <param name="header">Of every event; null when each event gets its own.</param>
    public static async Task<Appending> Begin(NpgsqlDataSource database, IDocumentStore store, EventHeader? header, CancellationToken ct)
    {
        var connection = await database.OpenConnectionAsync(ct);
        try
        {
            var transaction = await connection.BeginTransactionAsync(ct);
            var session = store.LightweightSession(SessionOptions.ForTransaction(transaction));
            foreach (var (key, value) in header?.Entries() ?? []) session.SetHeader(key, value);
            return new Appending(connection, transaction, session);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the turn of the event log (once); it ends with the transaction.</summary>
    public async Task TakeTurn(CancellationToken ct)
    {
        if (HasTurn) return;
        await Execute(EventLog.TakeTurnSql, [], ct);
        HasTurn = true;
    }

    /// <param name="parameters">Positional: $1 …</param>
    public async Task<int> Execute(string sql, object?[] parameters, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, Connection);
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Several statements in one round trip.</summary>
    public async Task Execute(IEnumerable<NpgsqlBatchCommand> commands, CancellationToken ct)
    {
        await using var batch = Batch(commands);
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Takes the turn and reads, in one round trip. Each statement sees all that was committed before the turn came.</summary>
    /// <param name="read">One result of the selects after the other, from the first on.</param>
    public async Task TakeTurn(IEnumerable<NpgsqlBatchCommand> selects, Func<NpgsqlDataReader, Task> read, CancellationToken ct)
    {
        await using var batch = Batch([new NpgsqlBatchCommand(EventLog.TakeTurnSql), .. selects]);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        HasTurn = true;
        await reader.NextResultAsync(ct);
        await read(reader);
    }

    private NpgsqlBatch Batch(IEnumerable<NpgsqlBatchCommand> commands)
    {
        var batch = new NpgsqlBatch(Connection, Transaction);
        foreach (var command in commands) batch.BatchCommands.Add(command);
        return batch;
    }

    public Task Commit(CancellationToken ct) => Transaction.CommitAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        await Transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}
