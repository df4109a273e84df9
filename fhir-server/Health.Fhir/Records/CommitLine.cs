using System.Diagnostics;
using Health.Contracts;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>
/// The connection of one lane, kept open between commits so that its statements stay prepared. BEGIN and COMMIT travel within the batches, so the
/// line itself knows how to leave a transaction that failed.
/// </summary>
internal sealed class CommitLine(NpgsqlDataSource database) : IDisposable
{
    /// <summary>How long a commit's numbers are taken for the next one's first: with a connection that was idle for longer, it is asked first whether it still stands.</summary>
    private static readonly TimeSpan Foreseeable = TimeSpan.FromSeconds(1);

    /// <summary>Commits that read their numbers after one that foresaw the wrong ones: others are appending.</summary>
    private const int Caution = 32;

    private readonly StandingConnection<NpgsqlConnection> standing = new(database);
    private (long Sequence, long Rid, long Stamp)? last;
    private int cautious;

    public ValueTask<NpgsqlConnection> Open(CancellationToken ct) => standing.Open(ct);

    /// <summary>The numbers the next commit will find, if nobody else appends meanwhile; null when that is not to be expected.</summary>
    public TurnOpening? Foresee()
    {
        if (cautious > 0) cautious--;
        return cautious == 0 && last is { } known && Stopwatch.GetElapsedTime(known.Stamp) < Foreseeable ? TurnOpening.Foresee(known.Sequence, known.Rid) : null;
    }

    public void Committed((long Sequence, long Rid) counters) => last = (counters.Sequence, counters.Rid, Stopwatch.GetTimestamp());

    /// <summary>The numbers were others: nothing was written.</summary>
    public ValueTask Mistaken()
    {
        cautious = Caution;
        return Abandon();
    }

    /// <summary>After a failure: what the transaction did is undone; where even that fails, the connection goes, and the transaction with it.</summary>
    public async ValueTask Abandon()
    {
        last = null;
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
