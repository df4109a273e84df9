using System.Security.Cryptography;
using System.Text;
using Health.Contracts;
using Npgsql;

namespace Health.Host;

/// <summary>Runs each module's schema scripts once. A script that ran and was edited since stops the start.</summary>
public static class SchemaMigrator
{
    private const string Prepare =
        """
        select pg_advisory_lock(5107000002);
        create schema if not exists platform;
        create table if not exists platform.schema_script (
            module text not null, name text not null, sha256 text not null, ran_at timestamptz not null default now(),
            primary key (module, name));
        """;

    public static async Task Run(NpgsqlDataSource database, IEnumerable<SchemaScript> scripts, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await Execute(connection, Prepare, ct);
        try
        {
            foreach (var script in scripts.OrderBy(s => s.Module, StringComparer.Ordinal).ThenBy(s => s.Name, StringComparer.Ordinal))
                await RunOnce(connection, script, ct);
        }
        finally
        {
            await Execute(connection, "select pg_advisory_unlock(5107000002)", CancellationToken.None);
        }
    }

    private static async Task RunOnce(NpgsqlConnection connection, SchemaScript script, CancellationToken ct)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script.Sql)));
        await using var find = new NpgsqlCommand("select sha256 from platform.schema_script where module = $1 and name = $2", connection)
        {
            Parameters = { new() { Value = script.Module }, new() { Value = script.Name } },
        };
        if (await find.ExecuteScalarAsync(ct) is string known)
        {
            if (known != hash)
                throw new InvalidOperationException($"Schema script {script.Module}/{script.Name} was edited after it ran on this database: put the change into a new script.");
            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Execute(connection, script.Sql, ct);
        await using var remember = new NpgsqlCommand("insert into platform.schema_script (module, name, sha256) values ($1, $2, $3)", connection)
        {
            Parameters = { new() { Value = script.Module }, new() { Value = script.Name }, new() { Value = hash } },
        };
        await remember.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
