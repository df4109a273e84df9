using System.Data;
using Health.Adapters.Sources;
using Microsoft.Data.SqlClient;
using Npgsql;

namespace Health.UnitTests.Adapters;

/// <summary>What is asked of each kind of database. PostgreSQL is asked for real in the integration tests; the others by their text and parameters only.</summary>
public sealed class The_dialects_of_pulled_databases
{
    private static readonly DateTime Changed = new(2026, 11, 24, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeSpan China = TimeSpan.FromHours(8);

    [Theory]
    [InlineData("postgresql", "select \"pk\", \"t\" from \"his\".\"v\" where \"t\" >= @p1 and (\"t\", \"pk\") > (@p2, @p3) order by \"t\", \"pk\" limit 500")]
    [InlineData("sqlserver", "select top (500) [pk], [t] from [his].[v] where [t] > @p1 or ([t] = @p2 and [pk] > @p3) order by [t], [pk]")]
    [InlineData("oracle", "select pk, t from his.v where t > :p1 or (t = :p2 and pk > :p3) order by t, pk fetch first 500 rows only")]
    [InlineData("dm", "select pk, t from his.v where t > :p1 or (t = :p2 and pk > :p3) order by t, pk fetch first 500 rows only")]
    public void ask_for_the_rows_after_a_pair_of_time_and_key(string name, string expected)
    {
        var dialect = SqlDialect.Named(name);
        var (key, time) = (dialect.Quoted("pk"), dialect.Quoted("t"));
        Assert.Equal(expected, dialect.Page($"{key}, {time}", $"{dialect.Quoted("his")}.{dialect.Quoted("v")}", time, key, 500));
    }

    [Theory]
    [InlineData("postgresql", "select \"pk\" from \"v\" where \"pk\" > @p1 order by \"pk\" limit 9")]
    [InlineData("sqlserver", "select top (9) [pk] from [v] where [pk] > @p1 order by [pk]")]
    [InlineData("oracle", "select pk from v where pk > :p1 order by pk fetch first 9 rows only")]
    public void ask_for_the_keys_in_order(string name, string expected) =>
        Assert.Equal(expected, SqlDialect.Named(name).Keys(SqlDialect.Named(name).Quoted("v"), SqlDialect.Named(name).Quoted("pk"), 9));

    [Theory]
    [InlineData("postgresql", "select \"pk\", \"t\" from v where \"pk\" in (@p1, @p2) order by \"pk\"")]
    [InlineData("sqlserver", "select [pk], [t] from v where [pk] in (@p1, @p2) order by [pk]")]
    [InlineData("dm", "select pk, t from v where pk in (:p1, :p2) order by pk")]
    public void ask_for_the_rows_of_some_keys(string name, string expected)
    {
        var dialect = SqlDialect.Named(name);
        Assert.Equal(expected, dialect.Rows($"{dialect.Quoted("pk")}, {dialect.Quoted("t")}", "v", dialect.Quoted("pk"), 2));
    }

    [Fact]
    public void compare_a_time_of_change_as_its_column_holds_it()
    {
        var (instant, local) = (new SqlParameter(), new SqlParameter());
        SqlDialect.Named("sqlserver").SetTime(instant, Changed, null);
        SqlDialect.Named("sqlserver").SetTime(local, Changed, China);
        Assert.Equal((SqlDbType.DateTimeOffset, new DateTimeOffset(Changed)), (instant.SqlDbType, (DateTimeOffset)instant.Value));
        Assert.Equal((SqlDbType.DateTime2, new DateTime(2026, 11, 24, 8, 0, 0)), (local.SqlDbType, (DateTime)local.Value));

        var postgres = new NpgsqlParameter();
        SqlDialect.Named("postgresql").SetTime(postgres, Changed, null);
        Assert.Equal((NpgsqlTypes.NpgsqlDbType.TimestampTz, DateTimeKind.Utc), (postgres.NpgsqlDbType, ((DateTime)postgres.Value!).Kind));
        Assert.Throws<InvalidOperationException>(() => SqlDialect.Named("oracle").SetTime(postgres, Changed, null));
    }

    [Fact]
    public void give_times_of_change_back_as_UTC()
    {
        Assert.Equal(Changed, SqlDialect.Utc(new DateTimeOffset(2026, 11, 24, 8, 0, 0, China), null));
        Assert.Equal(Changed, SqlDialect.Utc(new DateTime(2026, 11, 24, 8, 0, 0), China));
        Assert.Equal(Changed, SqlDialect.Utc(Changed, China));
        Assert.Throws<InvalidOperationException>(() => SqlDialect.Utc("2026-11-24", China));
    }

    [Fact]
    public void write_nothing_and_end_what_takes_too_long_where_the_database_can()
    {
        Assert.Equal(["set transaction read only", "set local statement_timeout = '7s'"], SqlDialect.Named("postgresql").Begin(7));
        Assert.Equal(["set lock_timeout 7000"], SqlDialect.Named("sqlserver").Begin(7));
        Assert.Equal(["set transaction read only"], SqlDialect.Named("oracle").Begin(7));
    }

    [Fact]
    public async Task open_SQL_Server_with_the_password_of_its_file_and_a_read_only_intent()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "secret\nmore\n");
            await using var source = SqlProviders.Open(new SqlViewSettings { Provider = "sqlserver", ConnectionString = "Server=his;Database=his;User ID=reader", PasswordFile = file, View = "v" });
            var opened = new SqlConnectionStringBuilder(source.ConnectionString);
            Assert.Equal(("his", "reader", "secret", ApplicationIntent.ReadOnly, 2), (opened.DataSource, opened.UserID, opened.Password, opened.ApplicationIntent, opened.MaxPoolSize));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void say_what_a_plug_in_lacks()
    {
        Assert.Contains("is not there", Assert.Throws<InvalidOperationException>(() => SqlProviders.Factory(new SqlPlugin("/none.dll", "X", "oracle"))).Message, StringComparison.Ordinal);
        var assembly = typeof(NpgsqlFactory).Assembly.Location;
        Assert.Contains("no DbProviderFactory", Assert.Throws<InvalidOperationException>(() => SqlProviders.Factory(new SqlPlugin(assembly, "Npgsql.Nothing", "oracle"))).Message, StringComparison.Ordinal);
        Assert.Equal("NpgsqlFactory", SqlProviders.Factory(new SqlPlugin(assembly, "Npgsql.NpgsqlFactory", "postgresql")).GetType().Name);
    }

    [Theory]
    [InlineData("mysql", null, false, "postgresql, sqlserver or plugin")]
    [InlineData("plugin", null, false, "needs sqlView.plugin")]
    [InlineData("plugin", "relative.dll", false, "must be a full path")]
    [InlineData("plugin", "/opt/oracle.dll", false, "sqlView.localTimes must be true")]
    [InlineData("plugin", "/opt/oracle.dll", true, null)]
    public void are_chosen_by_settings_that_say_what_is_wrong(string provider, string? assembly, bool localTimes, string? expected)
    {
        var settings = new SqlViewSettings { Provider = provider, ConnectionString = "x=y", View = "v", LocalTimes = localTimes, Plugin = assembly is null ? null : new SqlPlugin(assembly, "O.Factory", "oracle") };
        if (expected is null) Assert.Null(settings.Problem());
        else Assert.Contains(expected, settings.Problem(), StringComparison.Ordinal);
    }
}
