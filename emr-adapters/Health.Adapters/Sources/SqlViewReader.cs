using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Health.Adapters.Sources;

/// <summary>Where reading goes on: strictly after this pair.</summary>
internal readonly record struct SqlViewPosition(DateTime UpdatedAt, long Key)
{
    public static readonly SqlViewPosition Start = new(DateTime.UnixEpoch, long.MinValue);
}

/// <param name="DatabaseNow">The clock of the hospital's database, UTC: the one that stamped the rows.</param>
internal sealed record SqlViewPage(IReadOnlyList<SqlViewRow> Rows, DateTime DatabaseNow, bool IsFull);

/// <summary>Reads pages of the view, each in a read-only transaction of its own that the hospital's database ends when it takes too long.</summary>
internal sealed class SqlViewReader : IAsyncDisposable
{
    private readonly NpgsqlDataSource hospital;
    private readonly SqlViewSettings settings;
    private readonly List<string> columns;
    private readonly string query;

    public SqlViewReader(SqlViewSettings settings)
    {
        this.settings = settings;
        var connection = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { MaxPoolSize = 2, ApplicationName = "health" };
        if (settings.PasswordFile is { } file) connection.Password = File.ReadLines(file).FirstOrDefault() ?? "";
        hospital = NpgsqlDataSource.Create(connection);
        columns = [.. SqlViewSettings.StandardColumns.Keys.Where(name => name is not ("pk" or "updatedAt") && settings.Column(name).Length > 0)];
        var (key, time) = (Quoted(settings.Column("pk")), Quoted(settings.Column("updatedAt")));
        query = $"""
            select {string.Join(", ", new[] { key, time }.Concat(columns.Select(name => Quoted(settings.Column(name)))))}
            from {string.Join('.', settings.View.Split('.').Select(Quoted))}
            where ({time}, {key}) > ($1, $2)
            order by {time}, {key}
            limit $3
            """;
    }

    public async Task<SqlViewPage> Read(SqlViewPosition after, CancellationToken ct)
    {
        await using var connection = await hospital.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var limits = string.Create(CultureInfo.InvariantCulture, $"set transaction read only; set local statement_timeout = '{settings.StatementTimeoutSeconds}s'; select clock_timestamp()");
        await using var clock = new NpgsqlCommand(limits, connection);
        // Before the rows are read: whatever gets its stamp later is not behind this time.
        var now = (DateTime)(await clock.ExecuteScalarAsync(ct))!;
        await using var command = new NpgsqlCommand(query, connection)
        {
            Parameters =
            {
                new() { Value = after.UpdatedAt, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = after.Key, NpgsqlDbType = NpgsqlDbType.Bigint },
                new() { Value = settings.RowCap, NpgsqlDbType = NpgsqlDbType.Integer },
            },
        };
        var rows = new List<SqlViewRow>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) rows.Add(Row(reader));
        await transaction.CommitAsync(ct);
        return new SqlViewPage(rows, now, rows.Count == settings.RowCap);
    }

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    private SqlViewRow Row(NpgsqlDataReader reader)
    {
        var values = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var i = 0; i < columns.Count; i++) values[columns[i]] = Text(reader.GetValue(i + 2));
        return new SqlViewRow(Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), reader.GetDateTime(1), values);
    }

    /// <summary>Times of the hospital without a zone are its local ones; blank text is none.</summary>
    private static string? Text(object value) => value switch
    {
        DBNull => null,
        DateTime { Kind: DateTimeKind.Utc } time => time.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "+0000",
        DateTime time => time.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("yyyyMMdd", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null,
    };

    private static string Quoted(string name) => $"\"{name}\"";
}
