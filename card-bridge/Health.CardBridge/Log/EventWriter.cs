using Health.Contracts;
using Marten;
using Marten.Services;
using Npgsql;

namespace Health.CardBridge.Log;

/// <summary>What goes into one transaction beside the events: own SQL, audit facts, messages.</summary>
public sealed record Appendix(IReadOnlyList<SqlStatement> Statements, IReadOnlyList<AuditFact> Audit, IReadOnlyList<OutboxMessage> Messages)
{
    public static readonly Appendix Empty = new([], [], []);

    /// <summary>Rows that are too many for statements, by COPY; runs in our turn, before the events.</summary>
    public Func<NpgsqlConnection, CancellationToken, Task>? Bulk { get; init; }
}

/// <summary>A stream and what is to be appended; <paramref name="Version"/> is the version it was decided on (0: a new stream).</summary>
public sealed record StreamAppend(string Stream, long Version, IReadOnlyList<object> Facts);

/// <summary>Appends facts of this module: one short transaction, in turn with all other appends (docs/adr/0003).</summary>
public sealed class EventWriter(NpgsqlDataSource database, IDocumentStore store, IAuditTrail audit, OutboxSignal signal)
{
    /// <summary>False when a stream moved on since it was read: read again and decide again. Everything or nothing.</summary>
    /// <exception cref="PostgresException">A permanent unique constraint was hit (SqlState 23505).</exception>
    public async Task<bool> Append(IReadOnlyList<StreamAppend> streams, EventHeader header, Appendix appendix, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Execute(connection, transaction, new SqlStatement(EventLog.TakeTurnSql, []), ct);
        foreach (var stream in streams)
            if (await VersionOf(connection, transaction, stream.Stream, ct) != stream.Version) return false;
        if (appendix.Bulk is { } copy) await copy(connection, ct);
        await using (var session = store.LightweightSession(SessionOptions.ForTransaction(transaction)))
        {
            foreach (var (key, value) in header.Entries()) session.SetHeader(key, value);
            foreach (var stream in streams)
                if (stream.Version == 0) session.Events.StartStream(stream.Stream, stream.Facts);
                else session.Events.Append(stream.Stream, stream.Version + stream.Facts.Count, stream.Facts);
            await session.SaveChangesAsync(ct);
        }
        foreach (var statement in appendix.Statements) await Execute(connection, transaction, statement, ct);
        foreach (var message in appendix.Messages) await Execute(connection, transaction, message.Insert(), ct);
        if (appendix.Audit.Count > 0) await Execute(connection, transaction, audit.Prepare(appendix.Audit), ct);
        await transaction.CommitAsync(ct);
        if (appendix.Messages.Count > 0) signal.Wake();
        return true;
    }

    /// <summary>A stream's facts in order; its version is their number.</summary>
    public async Task<IReadOnlyList<T>> Read<T>(string stream, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        return [.. (await session.Events.FetchStreamAsync(stream, token: ct)).Select(e => (T)e.Data)];
    }

    // Nobody else appends during our turn, so the answer holds until commit.
    private static async Task<long> VersionOf(NpgsqlConnection connection, NpgsqlTransaction transaction, string stream, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"select version from {EventLog.Schema}.mt_streams where id = $1", connection, transaction) { Parameters = { new() { Value = stream } } };
        return await command.ExecuteScalarAsync(ct) is long version ? version : 0;
    }

    private static async Task Execute(NpgsqlConnection connection, NpgsqlTransaction transaction, SqlStatement statement, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(statement.Text, connection, transaction);
        foreach (var value in statement.Parameters) command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }
}
