using Npgsql;

namespace Health.Identity.Accounts;

/// <summary>A person who may sign in. <paramref name="Role"/> as in <see cref="Contracts.ClaimNames.Role"/>.</summary>
public sealed record Account(string UserName, string Role, string? Institution);

/// <summary>Whether a sign-in held. A locked account answers as a wrong password does; only the audit tells them apart.</summary>
public sealed record SignInAttempt(Account? Account, string? Reason);

/// <summary>Accounts of the console. Five wrong passwords in a row lock an account for fifteen minutes.</summary>
public sealed class Accounts(NpgsqlDataSource database, TimeProvider time)
{
    public const int MaxFailures = 5, MinPasswordLength = 8, MaxUserNameLength = 100;
    public static readonly TimeSpan LockedFor = TimeSpan.FromMinutes(15);

    // Verified in place of a stored one, so that an unknown name takes as long as a known one.
    private static readonly Lazy<string> Decoy = new(() => PasswordHash.Create("decoy"));

    /// <summary>The account exists afterwards with this password, role and institution; a lock is lifted.</summary>
    /// <exception cref="ArgumentException">The name or password cannot be taken.</exception>
    public async Task Ensure(string userName, string password, string role, string? institution, CancellationToken ct)
    {
        if (userName.Length is 0 or > MaxUserNameLength) throw new ArgumentException($"A user name has 1 to {MaxUserNameLength} characters.", nameof(userName));
        if (password.Length is < MinPasswordLength or > PasswordHash.MaxLength)
            throw new ArgumentException($"A password has {MinPasswordLength} to {PasswordHash.MaxLength} characters.", nameof(password));
        await using var command = database.CreateCommand(
            """
            insert into identity.account (user_name, password, role, institution) values ($1, $2, $3, $4)
            on conflict (user_name) do update set password = excluded.password, role = excluded.role, institution = excluded.institution,
                failures = 0, locked_until = null, changed_at = now()
            """);
        command.Parameters.Add(new() { Value = Normalise(userName) });
        command.Parameters.Add(new() { Value = PasswordHash.Create(password) });
        command.Parameters.Add(new() { Value = role });
        command.Parameters.Add(new() { Value = (object?)institution ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task<Account?> Find(string userName, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select user_name, role, institution from identity.account where user_name = $1");
        command.Parameters.Add(new() { Value = Normalise(userName) });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    public async Task<SignInAttempt> SignIn(string userName, string password, CancellationToken ct)
    {
        if (userName.Length is 0 or > MaxUserNameLength || password.Length > PasswordHash.MaxLength) return new SignInAttempt(null, "unknown-user");
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // The row lock makes attempts on one account take turns, so parallel guessing counts too.
        var (account, stored, lockedUntil) = await Lock(connection, Normalise(userName), ct);
        var holds = PasswordHash.Verify(password, stored ?? Decoy.Value);
        if (account is null) return new SignInAttempt(null, "unknown-user");
        var now = time.GetUtcNow();
        if (lockedUntil > now) return new SignInAttempt(null, "locked");
        await Count(connection, account.UserName, holds, now, ct);
        await transaction.CommitAsync(ct);
        return holds ? new SignInAttempt(account, null) : new SignInAttempt(null, "wrong-password");
    }

    private static async Task<(Account? Account, string? Password, DateTimeOffset? LockedUntil)> Lock(NpgsqlConnection connection, string userName, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select user_name, role, institution, password, locked_until from identity.account where user_name = $1 for update", connection);
        command.Parameters.Add(new() { Value = userName });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return (null, null, null);
        return (Read(reader), reader.GetString(3), reader.IsDBNull(4) ? null : await reader.GetFieldValueAsync<DateTimeOffset>(4, ct));
    }

    private static async Task Count(NpgsqlConnection connection, string userName, bool holds, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            holds
                ? "update identity.account set failures = 0, locked_until = null where user_name = $1"
                : "update identity.account set failures = (failures + 1) % $3, locked_until = case when failures + 1 >= $3 then $2 end where user_name = $1",
            connection);
        command.Parameters.Add(new() { Value = userName });
        if (!holds)
        {
            command.Parameters.Add(new() { Value = now + LockedFor });
            command.Parameters.Add(new() { Value = MaxFailures });
        }
        await command.ExecuteNonQueryAsync(ct);
    }

    private static Account Read(NpgsqlDataReader reader) => new(reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2));

    private static string Normalise(string userName) => userName.Trim().ToLowerInvariant();
}
