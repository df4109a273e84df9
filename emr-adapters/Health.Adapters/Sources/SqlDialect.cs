using System.Data;
using System.Data.Common;
using System.Globalization;

namespace Health.Adapters.Sources;

/// <summary>
/// What the databases of hospitals do not have in common, for the few statements this door needs. A new database is a new subclass; what it
/// must say is abstract here. Names reach it checked: letters, digits and underscores.
/// </summary>
internal abstract class SqlDialect
{
    public static SqlDialect Named(string name) => name switch
    {
        "postgresql" => new PostgreSqlDialect(),
        "sqlserver" => new SqlServerDialect(),
        "oracle" or "dm" => new OracleDialect(),
        _ => throw new ArgumentException($"There is no dialect '{name}'.", nameof(name)),
    };

    public abstract string Quoted(string name);

    /// <summary>Statements at the beginning of every transaction: nothing is written, and the database itself ends what takes too long where it can.</summary>
    public abstract IReadOnlyList<string> Begin(int timeoutSeconds);

    /// <summary>The clock that stamps the rows, read before them.</summary>
    public abstract string Clock { get; }

    /// <summary>Rows strictly after a pair of time and key, in that order. Parameters: <c>p1</c> and <c>p2</c> the time, <c>p3</c> the key.</summary>
    public abstract string Page(string columns, string view, string time, string key, int rows);

    /// <summary>Keys above <c>p1</c> in order.</summary>
    public abstract string Keys(string view, string key, int rows);

    /// <summary>The rows of these keys. Parameters: <c>p1</c> to <c>p</c> and the count.</summary>
    public string Rows(string columns, string view, string key, int count) =>
        $"select {columns} from {view} where {key} in ({string.Join(", ", Enumerable.Range(1, count).Select(nr => Parameter($"p{Number(nr)}")))}) order by {key}";

    /// <summary>A parameter as a statement names it.</summary>
    protected virtual string Parameter(string name) => $"@{name}";

    /// <summary>A time of change as the column compares: an instant, or a local time without zone.</summary>
    public void SetTime(DbParameter parameter, DateTime utc, TimeSpan? localZone)
    {
        if (localZone is { } zone)
        {
            parameter.DbType = LocalType;
            parameter.Value = DateTime.SpecifyKind(utc + zone, DateTimeKind.Unspecified);
        }
        else
        {
            SetInstant(parameter, DateTime.SpecifyKind(utc, DateTimeKind.Utc));
        }
    }

    /// <summary>Type of a parameter for a local time.</summary>
    protected virtual DbType LocalType => DbType.DateTime2;

    /// <summary>The same time for a column that holds instants.</summary>
    /// <exception cref="InvalidOperationException">The database has no such column; the message says what to set.</exception>
    protected abstract void SetInstant(DbParameter parameter, DateTime utc);

    /// <summary>A time of the database as UTC.</summary>
    /// <param name="localZone">Zone of columns that have none; null where they are instants.</param>
    public static DateTime Utc(object value, TimeSpan? localZone) => value switch
    {
        DateTimeOffset instant => instant.UtcDateTime,
        DateTime { Kind: DateTimeKind.Utc } time => time,
        DateTime time => DateTime.SpecifyKind(time - (localZone ?? TimeSpan.Zero), DateTimeKind.Utc),
        _ => throw new InvalidOperationException($"The column of the time of change gives {value.GetType().Name} and no time."),
    };

    protected static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>PostgreSQL: the column is timestamptz.</summary>
internal sealed class PostgreSqlDialect : SqlDialect
{
    public override string Quoted(string name) => $"\"{name}\"";

    public override IReadOnlyList<string> Begin(int timeoutSeconds) => ["set transaction read only", $"set local statement_timeout = '{Number(timeoutSeconds)}s'"];

    public override string Clock => "select clock_timestamp()";

    public override string Page(string columns, string view, string time, string key, int rows) =>
        $"select {columns} from {view} where {time} >= @p1 and ({time}, {key}) > (@p2, @p3) order by {time}, {key} limit {Number(rows)}";

    public override string Keys(string view, string key, int rows) => $"select {key} from {view} where {key} > @p1 order by {key} limit {Number(rows)}";

    protected override void SetInstant(DbParameter parameter, DateTime utc)
    {
        parameter.DbType = DbType.DateTime;
        parameter.Value = utc;
    }
}

/// <summary>
/// SQL Server: the column is datetimeoffset, or datetime2 in the zone of the profile. There is no read-only transaction; the account has select
/// and nothing else.
/// </summary>
internal sealed class SqlServerDialect : SqlDialect
{
    public override string Quoted(string name) => $"[{name}]";

    public override IReadOnlyList<string> Begin(int timeoutSeconds) => [$"set lock_timeout {Number(timeoutSeconds * 1000)}"];

    public override string Clock => "select sysdatetimeoffset()";

    public override string Page(string columns, string view, string time, string key, int rows) =>
        $"select top ({Number(rows)}) {columns} from {view} where {time} > @p1 or ({time} = @p2 and {key} > @p3) order by {time}, {key}";

    public override string Keys(string view, string key, int rows) => $"select top ({Number(rows)}) {key} from {view} where {key} > @p1 order by {key}";

    protected override void SetInstant(DbParameter parameter, DateTime utc)
    {
        parameter.DbType = DbType.DateTimeOffset;
        parameter.Value = new DateTimeOffset(utc);
    }
}

/// <summary>
/// Oracle and 达梦 (DM): the column is a timestamp without zone in the zone of the profile. Names are not quoted, so they are found in
/// whatever case. Parameters are bound in the order they stand, which is also that of their names.
/// </summary>
internal sealed class OracleDialect : SqlDialect
{
    public override string Quoted(string name) => name;

    public override IReadOnlyList<string> Begin(int timeoutSeconds) => ["set transaction read only"];

    public override string Clock => "select sys_extract_utc(systimestamp) from dual";

    public override string Page(string columns, string view, string time, string key, int rows) =>
        $"select {columns} from {view} where {time} > :p1 or ({time} = :p2 and {key} > :p3) order by {time}, {key} fetch first {Number(rows)} rows only";

    public override string Keys(string view, string key, int rows) => $"select {key} from {view} where {key} > :p1 order by {key} fetch first {Number(rows)} rows only";

    protected override string Parameter(string name) => $":{name}";

    protected override DbType LocalType => DbType.DateTime;

    protected override void SetInstant(DbParameter parameter, DateTime utc) =>
        throw new InvalidOperationException("sqlView.localTimes must be true: the column has no zone.");
}
