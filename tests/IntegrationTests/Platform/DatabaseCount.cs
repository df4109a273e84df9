using System.Diagnostics;
using Npgsql;

namespace Health.IntegrationTests.Platform;

/// <summary>A count in a database that a test waits for.</summary>
internal static class DatabaseCount
{
    /// <summary>Asks again until <paramref name="sql"/> gives what is expected; fails with what it gives instead when that takes too long.</summary>
    public static async Task Until(string connectionString, string sql, long expected, int seconds)
    {
        var since = Stopwatch.StartNew();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        long seen;
        while ((seen = await Read(connectionString, sql)) != expected)
        {
            if (since.Elapsed > TimeSpan.FromSeconds(seconds)) Assert.Fail($"{sql} is {seen}, not {expected}.");
            await again.WaitForNextTickAsync();
        }
    }

    private static async Task<long> Read(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
