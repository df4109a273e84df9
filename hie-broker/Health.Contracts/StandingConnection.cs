using System.Data;
using System.Data.Common;

namespace Health.Contracts;

/// <summary>
/// A connection kept for statements that run all the time: they stay prepared and warm in one server process, where a pool would deal them to all
/// of them in turn, and keep one plan for any number of rows. Not for use by two at a time.
/// </summary>
public sealed class StandingConnection<TConnection>(DbDataSource database) : IDisposable where TConnection : DbConnection
{
    /// <summary>What <see cref="Open"/> gave last; null before the first and after <see cref="Dispose"/>.</summary>
    public TConnection? Current { get; private set; }

    /// <summary>Open; a new one after a failure.</summary>
    public async ValueTask<TConnection> Open(CancellationToken ct = default)
    {
        if (Current is { State: ConnectionState.Open } open) return open;
        Dispose();
        var fresh = Current = (TConnection)await database.OpenConnectionAsync(ct);
        await using var generic = fresh.CreateCommand();
        // The statements are the same for any number of rows: planning them anew would cost more than it finds. The plan outlives the size of its tables, so it
        // takes the index even while a table is small.
        generic.CommandText = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off";
        await generic.ExecuteNonQueryAsync(ct);
        return fresh;
    }

    public void Dispose()
    {
        Current?.Dispose();
        Current = null;
    }
}
