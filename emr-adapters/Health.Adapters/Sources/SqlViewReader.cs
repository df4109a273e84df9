using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Health.Adapters.Sources;

/// <summary>Where reading goes on: strictly after this pair.</summary>
internal readonly record struct SqlViewPosition(DateTime UpdatedAt, long Key)
{
    public static readonly SqlViewPosition Start = new(DateTime.UnixEpoch, long.MinValue);
}

/// <param name="DatabaseNow">The clock of the hospital's database, UTC: the one that stamped the rows.</param>
internal sealed record SqlViewPage(IReadOnlyList<SqlViewRow> Rows, DateTime DatabaseNow, bool IsFull);

/// <summary>Reads pages of the view, each in a transaction of its own that writes nothing and that the hospital's database ends when it takes too long.</summary>
internal sealed class SqlViewReader : IAsyncDisposable
{
    private const int KeysAtATime = 10_000;
    private readonly DbDataSource hospital;
    private readonly SqlViewSettings settings;
    private readonly SqlDialect dialect;
    private readonly TimeSpan? localZone;
    private readonly List<string> columns;
    private readonly string query, keys;
    private readonly Func<int, string> rows;

    /// <param name="zone">Of times of change that have none.</param>
    public SqlViewReader(SqlViewSettings settings, TimeSpan zone)
    {
        this.settings = settings;
        localZone = settings.LocalTimes ? zone : null;
        dialect = SqlProviders.Dialect(settings);
        hospital = SqlProviders.Open(settings);
        columns = [.. SqlViewSettings.StandardColumns.Keys.Where(name => name is not ("pk" or "updatedAt") && settings.Column(name).Length > 0)];
        var (key, time) = (dialect.Quoted(settings.Column("pk")), dialect.Quoted(settings.Column("updatedAt")));
        var view = string.Join('.', settings.View.Split('.').Select(dialect.Quoted));
        var selected = string.Join(", ", new[] { key, time }.Concat(columns.Select(name => dialect.Quoted(settings.Column(name)))));
        query = dialect.Page(selected, view, time, key, settings.RowCap);
        rows = count => dialect.Rows(selected, view, key, count);
        keys = dialect.Keys(view, key, KeysAtATime);
    }

    public async Task<SqlViewPage> Read(SqlViewPosition after, CancellationToken ct)
    {
        await using var connection = await hospital.OpenConnectionAsync(ct);
        await using var transaction = await Begin(connection, ct);
        await using var clock = Command(transaction, dialect.Clock);
        // Before the rows are read: whatever gets its stamp later is not behind this time.
        var now = SqlDialect.Utc((await clock.ExecuteScalarAsync(ct))!, null);
        await using var command = Command(transaction, query);
        Add(command, "p1", parameter => dialect.SetTime(parameter, after.UpdatedAt, localZone));
        Add(command, "p2", parameter => dialect.SetTime(parameter, after.UpdatedAt, localZone));
        Add(command, "p3", parameter => SetKey(parameter, after.Key));
        var rows = new List<SqlViewRow>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) rows.Add(Row(reader));
        await transaction.CommitAsync(ct);
        var isFull = rows.Count == settings.RowCap;
        if (isFull && (rows[^1].UpdatedAt, rows[^1].Key) == (after.UpdatedAt, after.Key))
            throw new InvalidOperationException("A page ends where it began: the times of change are coarser than they compare, or sqlView.rowCap is too small.");
        return new SqlViewPage(rows, now, isFull);
    }

    /// <summary>All keys the view shows, in order. Several transactions: a key that comes or goes meanwhile may be in it or not.</summary>
    public async IAsyncEnumerable<long> Keys([EnumeratorCancellation] CancellationToken ct)
    {
        for (long? after = long.MinValue; after is not null;)
        {
            var page = await KeysAfter(after.Value, ct);
            foreach (var key in page) yield return key;
            after = page.Count == KeysAtATime ? page[^1] : null;
        }
    }

    /// <summary>The rows of these keys that the view still shows, by key.</summary>
    public async Task<IReadOnlyList<SqlViewRow>> Rows(IReadOnlyList<long> ofKeys, CancellationToken ct)
    {
        await using var connection = await hospital.OpenConnectionAsync(ct);
        await using var transaction = await Begin(connection, ct);
        await using var command = Command(transaction, rows(ofKeys.Count));
        for (var i = 0; i < ofKeys.Count; i++)
        {
            var key = ofKeys[i];
            Add(command, string.Create(CultureInfo.InvariantCulture, $"p{i + 1}"), parameter => SetKey(parameter, key));
        }

        List<SqlViewRow> found = [];
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) found.Add(Row(reader));
        await transaction.CommitAsync(ct);
        return found;
    }

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    private async Task<List<long>> KeysAfter(long key, CancellationToken ct)
    {
        await using var connection = await hospital.OpenConnectionAsync(ct);
        await using var transaction = await Begin(connection, ct);
        await using var command = Command(transaction, keys);
        Add(command, "p1", parameter => SetKey(parameter, key));
        List<long> page = [];
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) page.Add(Key(reader));
        await transaction.CommitAsync(ct);
        return page;
    }

    private async Task<DbTransaction> Begin(DbConnection connection, CancellationToken ct)
    {
        var transaction = await connection.BeginTransactionAsync(ct);
        foreach (var text in dialect.Begin(settings.StatementTimeoutSeconds))
        {
            await using var command = Command(transaction, text);
            await command.ExecuteNonQueryAsync(ct);
        }

        return transaction;
    }

    /// <summary>The driver gives up a little after the database should have: the database tells more.</summary>
    private DbCommand Command(DbTransaction transaction, string text)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = text;
        command.CommandTimeout = settings.StatementTimeoutSeconds + 2;
        return command;
    }

    private static void Add(DbCommand command, string name, Action<DbParameter> set)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        set(parameter);
        command.Parameters.Add(parameter);
    }

    private static void SetKey(DbParameter parameter, long key)
    {
        parameter.DbType = DbType.Int64;
        parameter.Value = key;
    }

    private SqlViewRow Row(DbDataReader reader)
    {
        var values = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var i = 0; i < columns.Count; i++) values[columns[i]] = Text(reader.GetValue(i + 2));
        return new SqlViewRow(Key(reader), SqlDialect.Utc(reader.GetValue(1), localZone), values);
    }

    private static long Key(DbDataReader reader) => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture);

    /// <summary>Times of the hospital without a zone are its local ones; blank text is none.</summary>
    private static string? Text(object value) => value switch
    {
        DBNull => null,
        DateTimeOffset time => time.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "+0000",
        DateTime { Kind: DateTimeKind.Utc } time => time.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "+0000",
        DateTime time => time.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("yyyyMMdd", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null,
    };
}
