using Health.Contracts;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>
/// The connection of one lane, kept open between commits so that its statements stay prepared. BEGIN and COMMIT travel within the batches, so the
/// line itself knows how to leave a transaction that failed.
/// </summary>
internal sealed class CommitLine(NpgsqlDataSource database) : IDisposable
{
    private readonly StandingConnection<NpgsqlConnection> standing = new(database);

    public ValueTask<NpgsqlConnection> Open(CancellationToken ct) => standing.Open(ct);

    /// <summary>After a failure: what the transaction did is undone; where even that fails, the connection goes, and the transaction with it.</summary>
    public async ValueTask Abandon()
    {
        if (standing.Current is not { } connection) return;
        try
        {
            await Rollback(connection, CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or ObjectDisposedException or IOException)
        {
            standing.Dispose();
        }
    }

    public static async ValueTask Rollback(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var rollback = new NpgsqlCommand("rollback", connection);
        await rollback.ExecuteNonQueryAsync(ct);
    }

    public void Dispose() => standing.Dispose();
}
