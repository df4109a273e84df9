using Health.Broker.Audit.Proofs;
using Health.Contracts;
using Npgsql;

namespace Health.Broker.Audit.Log;

/// <summary>
/// The one writer of the log: holds the advisory lock on its own connection, gives every fact its dense index, and signs what it has.
/// After any failure it is thrown away and a new one starts from the last checkpoint.
/// </summary>
internal sealed class LogWriter : IAsyncDisposable
{
    private const long Lock = 5107000004;
    private const int PerTransaction = 5_000;
    private readonly NpgsqlConnection connection;
    private readonly CheckpointSigner signer;
    private readonly CheckpointFile file;
    private readonly string origin;
    private MerkleFrontier frontier = new();
    private long signedSize;
    private string? sweptTo;

    private LogWriter(NpgsqlConnection connection, CheckpointSigner signer, CheckpointFile file, string origin)
    {
        this.connection = connection;
        this.signer = signer;
        this.file = file;
        this.origin = origin;
    }

    public static string OriginOf(NodeIdentity node) => $"health-audit/{node.NodeId}";

    /// <summary>Null while another process is the writer.</summary>
    /// <exception cref="AuditLogBrokenException">The stored log contradicts its checkpoints or their file.</exception>
    public static async Task<LogWriter?> TryOpen(NpgsqlDataSource database, CheckpointSigner signer, NodeIdentity node, CancellationToken ct)
    {
        var connection = await database.OpenConnectionAsync(ct);
        var writer = new LogWriter(connection, signer, new CheckpointFile(node.DataFolder), OriginOf(node));
        try
        {
            await using var command = new NpgsqlCommand($"select pg_try_advisory_lock({Lock})", connection);
            if ((bool)(await command.ExecuteScalarAsync(ct))!)
            {
                await writer.Resume(ct);
                return writer;
            }
        }
        catch
        {
            await writer.DisposeAsync();
            throw;
        }

        await writer.DisposeAsync();
        return null;
    }

    /// <summary>Logs every fact below the horizon and signs the new size, if there is one.</summary>
    public async Task<Checkpoint?> Advance(DateTimeOffset now, CancellationToken ct)
    {
        var horizon = await LogTables.Horizon(connection, ct);
        while (await ExtendOnce(horizon, ct) == PerTransaction)
        {
        }

        sweptTo = horizon;
        if (frontier.Size == signedSize) return null;
        var at = new DateTime(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
        var checkpoint = signer.Sign(new Checkpoint(origin, frontier.Size, frontier.Root(), at, horizon, signer.KeyId, []));
        await LogTables.InsertCheckpoint(connection, checkpoint, frontier.ToBytes(), ct);
        signedSize = checkpoint.Size;
        file.Append(checkpoint);
        return checkpoint;
    }

    public async ValueTask DisposeAsync()
    {
        // The lock belongs to the session, and a pooled session would keep it.
        try
        {
            await using var command = new NpgsqlCommand($"select pg_advisory_unlock({Lock})", connection);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            NpgsqlConnection.ClearPool(connection);
        }

        await connection.DisposeAsync();
    }

    private async Task Resume(CancellationToken ct)
    {
        var (last, bytes) = await LogTables.LastCheckpoint(connection, ct);
        if (last is not null)
        {
            frontier = MerkleFrontier.Parse(last.Size, bytes);
            signedSize = last.Size;
            if (!signer.Signed(last)) throw new AuditLogBrokenException($"Checkpoint {last.Size} in the database is not signed by this node's key.");
            if (!frontier.Root().AsSpan().SequenceEqual(last.Root)) throw new AuditLogBrokenException($"Checkpoint {last.Size} in the database was altered: its frontier gives another root.");
        }

        await CatchUpFile(last, ct);
        await ReplayUnsigned(ct);
    }

    private async Task CatchUpFile(Checkpoint? last, CancellationToken ct)
    {
        var inFile = file.Last();
        if (inFile is not null && (last is null || last.Size < inFile.Size))
            throw new AuditLogBrokenException($"The checkpoint file knows {inFile.Size} facts, the database only {last?.Size ?? 0}: it was set back.");
        await foreach (var checkpoint in LogTables.CheckpointsAfter(connection, inFile?.Size - 1 ?? 0, ct))
        {
            if (!signer.Signed(checkpoint)) throw new AuditLogBrokenException($"Checkpoint {checkpoint.Size} in the database is not signed by this node's key.");
            if (checkpoint.Size != inFile?.Size) file.Append(checkpoint);
            else if (!checkpoint.Line().AsSpan().SequenceEqual(inFile.Line())) throw new AuditLogBrokenException($"Checkpoint {checkpoint.Size} differs from the file.");
        }
    }

    private async Task ReplayUnsigned(CancellationToken ct)
    {
        var nodes = new List<(Subtree, byte[])>();
        await using (var command = new NpgsqlCommand("select idx, leaf from audit.log where idx >= $1 order by idx", connection) { Parameters = { new() { Value = frontier.Size } } })
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                if (reader.GetInt64(0) != frontier.Size) throw new AuditLogBrokenException($"Log index {frontier.Size} is missing.");
                Append(reader.GetFieldValue<byte[]>(1), nodes);
            }
        }

        await LogTables.InsertNodes(connection, nodes, ct);
    }

    private async Task<int> ExtendOnce(string horizon, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var leaves = await LogTables.Extend(connection, horizon, sweptTo, frontier.Size, PerTransaction, ct);
        var nodes = new List<(Subtree, byte[])>();
        foreach (var leaf in leaves) Append(leaf, nodes);
        await LogTables.InsertNodes(connection, nodes, ct);
        await transaction.CommitAsync(ct);
        return leaves.Count;
    }

    private void Append(byte[] leaf, List<(Subtree, byte[])> nodes) => frontier.Append(leaf, (place, hash) =>
    {
        if (place.Level % TreeReader.TileHeight == 0) nodes.Add((place, hash));
    });
}
