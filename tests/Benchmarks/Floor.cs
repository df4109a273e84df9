using Npgsql;

namespace Health.Benchmarks;

/// <summary>The least a durable write or an indexed read costs on this machine and database: through Npgsql, nothing else.</summary>
public sealed class Floor : IAsyncDisposable
{
    public const int Rows = 10_000;
    public const string SelectSql = "select body from bench_floor where id = $1";
    private const int PayloadBytes = 1024;
    private readonly NpgsqlDataSource database;

    private Floor(NpgsqlDataSource database) => this.database = database;

    public NpgsqlDataSource Database => database;

    /// <summary>A table of its own in the cluster of the platform under test, so that both commit to the same disk.</summary>
    public static async Task<Floor> Create(string postgresFolder)
    {
        var floor = new Floor(NpgsqlDataSource.Create(ConnectionString(postgresFolder, "postgres") + ";Max Auto Prepare=10"));
        await using var make = floor.database.CreateCommand(
            "create table if not exists bench_floor (id bigint generated always as identity primary key, body bytea not null);" +
            $"insert into bench_floor (body) select decode(repeat('ab', {PayloadBytes}), 'hex') from generate_series(1, {Rows})");
        await make.ExecuteNonQueryAsync();
        return floor;
    }

    public static string ConnectionString(string postgresFolder, string name)
    {
        var port = File.ReadLines(Path.Combine(postgresFolder, "data", "postmaster.pid")).ElementAt(3);
        return $"Host=127.0.0.1;Port={port};Username=health;Password={File.ReadAllText(Path.Combine(postgresFolder, "password")).Trim()};Database={name}";
    }

    public Task<Measured> Inserts(int clients) => Load.Run(clients, async _ =>
    {
        var connection = await database.OpenConnectionAsync();
        var insert = new NpgsqlCommand("insert into bench_floor (body) values ($1)", connection) { Parameters = { new() { Value = new byte[PayloadBytes] } } };
        await insert.PrepareAsync();
        return async _ => await insert.ExecuteNonQueryAsync();
    });

    public Task<Measured> Selects(int clients) => Load.Run(clients, async _ =>
    {
        var connection = await database.OpenConnectionAsync();
        var key = new NpgsqlParameter<long>();
        var select = new NpgsqlCommand(SelectSql, connection) { Parameters = { key } };
        await select.PrepareAsync();
        return async number =>
        {
            key.TypedValue = number % Rows + 1;
            await select.ExecuteScalarAsync();
        };
    });

    public ValueTask DisposeAsync() => database.DisposeAsync();
}
