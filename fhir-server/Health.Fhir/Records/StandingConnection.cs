using Npgsql;

namespace Health.Fhir.Records;

/// <summary>
/// A connection kept for one statement that runs all the time: it stays prepared and warm in one server process, where a pool would deal it to all
/// of them in turn, and keeps one plan for any number of rows. Not for use by two at a time.
/// </summary>
internal sealed class StandingConnection(NpgsqlDataSource database) : IDisposable
{
    private NpgsqlConnection? connection;

    /// <summary>Open; a new one after a failure.</summary>
    public async ValueTask<NpgsqlConnection> Open()
    {
        if (connection is { FullState: System.Data.ConnectionState.Open } open) return open;
        Dispose();
        var fresh = await database.OpenConnectionAsync();
        connection = fresh;
        await using var generic = new NpgsqlCommand("set plan_cache_mode = force_generic_plan", fresh);
        await generic.ExecuteNonQueryAsync();
        return fresh;
    }

    public void Dispose()
    {
        connection?.Dispose();
        connection = null;
    }
}
