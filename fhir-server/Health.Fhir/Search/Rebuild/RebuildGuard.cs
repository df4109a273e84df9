using Npgsql;

namespace Health.Fhir.Search.Rebuild;

/// <summary>One at a time changes the index as a whole: a rebuild, or the indexing of a new search parameter. Held by a connection, so that it is free when its holder dies.</summary>
internal sealed class RebuildGuard : IAsyncDisposable
{
    private const long OneAtATime = 5107000003;

    private RebuildGuard(NpgsqlConnection connection) => Connection = connection;

    public NpgsqlConnection Connection { get; }

    /// <summary>Waits for it.</summary>
    public static async Task<RebuildGuard> Take(NpgsqlDataSource database, CancellationToken ct)
    {
        var guard = new RebuildGuard(await database.OpenConnectionAsync(ct));
        await guard.Scalar($"select pg_advisory_lock({OneAtATime}) is null", ct);
        return guard;
    }

    /// <summary>Null when another has it.</summary>
    public static async Task<RebuildGuard?> TryTake(NpgsqlDataSource database, CancellationToken ct)
    {
        var guard = new RebuildGuard(await database.OpenConnectionAsync(ct));
        if (await guard.Scalar($"select pg_try_advisory_lock({OneAtATime})", ct)) return guard;
        await guard.Connection.DisposeAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await Scalar($"select pg_advisory_unlock({OneAtATime})", CancellationToken.None);
        await Connection.DisposeAsync();
    }

    private async Task<bool> Scalar(string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, Connection) { CommandTimeout = 0 };
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }
}
