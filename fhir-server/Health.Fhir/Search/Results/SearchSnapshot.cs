using System.Data;
using System.Globalization;
using Health.Contracts;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>
/// The moment a page looks at: one database snapshot for all its statements, the highest sequence visible in it, and the sequence to look
/// at where that is an earlier one.
/// </summary>
public sealed class SearchSnapshot : IAsyncDisposable
{
    // The lock is taken before the snapshot is: a swap of the index then waits for this page, or this page sees the new index.
    private const string Begin = "lock table fhir.search_date in access share mode";

    private SearchSnapshot(NpgsqlConnection connection, NpgsqlTransaction transaction) => (Connection, Transaction) = (connection, transaction);

    public NpgsqlConnection Connection { get; }
    public NpgsqlTransaction Transaction { get; }

    /// <summary>The sequence this page and all that follow look at.</summary>
    public long Horizon { get; private set; }

    /// <summary>The same, or null when it is the present: then the current rows alone answer.</summary>
    public long? Past { get; private set; }

    /// <param name="asOf">Text of <c>_asOf</c>: a sequence or an instant; null for now.</param>
    /// <param name="zone">Of an instant that names none.</param>
    /// <param name="limit">For statements that somebody waits for.</param>
    public static async Task<(SearchSnapshot? Snapshot, Refusal? Refusal)> Open(NpgsqlDataSource database, string? asOf, LocalZone zone, PageState? continuing, CancellationToken ct, SearchLimit? limit = null)
    {
        var connection = await database.OpenConnectionAsync(ct);
        var snapshot = new SearchSnapshot(connection, await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct));
        try
        {
            if (await snapshot.Find(asOf, zone, continuing, limit, ct) is not { } refusal) return (snapshot, null);
            await snapshot.DisposeAsync();
            return (null, refusal);
        }
        catch
        {
            await snapshot.DisposeAsync();
            throw;
        }
    }

    public NpgsqlCommand Command(string text, SqlContext sql)
    {
        var command = new NpgsqlCommand(text, Connection, Transaction);
        foreach (var value in sql.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    public async ValueTask DisposeAsync()
    {
        await Transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }

    private async Task<Refusal?> Find(string? asOf, LocalZone zone, PageState? continuing, SearchLimit? limit, CancellationToken ct)
    {
        var atMost = limit is null ? "" : $"; set local statement_timeout = {(long)limit.Most.TotalMilliseconds}; set local plan_cache_mode = force_custom_plan";
        var now = await Scalar($"{Begin}{atMost}; select coalesce(max(seq_id), 0) from events.mt_events", null, ct) ?? 0;
        Horizon = now;
        if (continuing is not null) Horizon = continuing.Horizon;
        else if (asOf is not null)
        {
            if (long.TryParse(asOf, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)) Horizon = Math.Min(sequence, now);
            else if (!Instants.TryRead(asOf, zone, out var instant))
                return Refusal.Invalid("_asOf is a sequence of the log (a whole number) or an instant such as 2026-01-01T08:00:00+08:00.", "_asOf");
            else Horizon = await Scalar("select fhir.sequence_at($1)", instant.UtcDateTime, ct) ?? 0;
        }
        // While nothing was written since, the current rows are the rows at the horizon.
        Past = Horizon == now ? null : Horizon;
        return null;
    }

    private async Task<long?> Scalar(string text, object? parameter, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(text, Connection, Transaction);
        if (parameter is not null) command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return (long?)await command.ExecuteScalarAsync(ct);
    }
}
