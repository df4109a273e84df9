using System.Security.Cryptography;
using System.Text;
using Health.Contracts;
using Npgsql;

namespace Health.Broker.Keys;

internal enum StoredKeyState { Absent, Present, Destroyed }

/// <summary>Table <c>broker.data_key</c>: key material wrapped by the key-encryption key, bound to its own key id.</summary>
internal sealed class KeyTable(DataKey kek)
{
    public const string InsertSql =
        "insert into broker.data_key (key_id, purpose, wrapped, wrapped_by) values ($1, $2, $3, $4) on conflict (key_id) do nothing";

    private const string InsertManySql =
        "insert into broker.data_key (key_id, purpose, wrapped, wrapped_by) select u.id, $3, u.wrapped, $4 from unnest($1::text[], $2::bytea[]) as u(id, wrapped)";

    private const string SelectSql = "select wrapped from broker.data_key where key_id = $1";
    private const string SelectManySql = "select key_id, wrapped from broker.data_key where key_id = any($1)";

    public byte[] Wrap(string keyId, ReadOnlySpan<byte> material) => kek.Seal(material, Place(keyId));

    public NpgsqlCommand Insert(NpgsqlConnection connection, string keyId, string purpose, ReadOnlySpan<byte> material) => new(InsertSql, connection)
    {
        Parameters = { new() { Value = keyId }, new() { Value = purpose }, new() { Value = Wrap(keyId, material) }, new() { Value = kek.Id } },
    };

    /// <summary>The rows of keys that nobody has yet.</summary>
    public NpgsqlBatchCommand Insert(IReadOnlyList<(string KeyId, byte[] Wrapped)> fresh, string purpose) => new(InsertManySql)
    {
        Parameters =
        {
            new() { Value = fresh.Select(key => key.KeyId).ToArray() }, new() { Value = fresh.Select(key => key.Wrapped).ToArray() }, new() { Value = purpose }, new() { Value = kek.Id },
        },
    };

    /// <summary>Material of those that are present.</summary>
    public async Task<List<(string KeyId, byte[] Material)>> Read(NpgsqlConnection connection, string[] keyIds, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(SelectManySql, connection) { Parameters = { new() { Value = keyIds } } };
        List<(string, byte[])> found = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var keyId = reader.GetString(0);
            if (Opened(keyId, reader.GetValue(1)) is { State: StoredKeyState.Present, Material: { } material }) found.Add((keyId, material));
        }

        return found;
    }

    public async Task<(StoredKeyState State, byte[]? Material)> Read(NpgsqlConnection connection, string keyId, CancellationToken ct)
    {
        await using var command = Select(connection, keyId);
        return Opened(keyId, await command.ExecuteScalarAsync(ct));
    }

    public (StoredKeyState State, byte[]? Material) Read(NpgsqlConnection connection, string keyId)
    {
        using var command = Select(connection, keyId);
        return Opened(keyId, command.ExecuteScalar());
    }

    private (StoredKeyState State, byte[]? Material) Opened(string keyId, object? wrapped) => wrapped switch
    {
        null => (StoredKeyState.Absent, null),
        DBNull => (StoredKeyState.Destroyed, null),
        _ => (StoredKeyState.Present, Unwrap(keyId, (byte[])wrapped)),
    };

    private byte[] Unwrap(string keyId, byte[] wrapped)
    {
        try
        {
            return kek.Open(wrapped, Place(keyId));
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new InvalidOperationException(
                $"The key file ({kek.Id}) does not open key {keyId} of this database: it belongs to another database, or the row was altered.", e);
        }
    }

    private static NpgsqlCommand Select(NpgsqlConnection connection, string keyId) => new(SelectSql, connection) { Parameters = { new() { Value = keyId } } };

    private static byte[] Place(string keyId) => Encoding.UTF8.GetBytes($"broker.data_key|{keyId}");
}
