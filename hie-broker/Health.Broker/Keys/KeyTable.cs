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

    private const string SelectSql = "select wrapped from broker.data_key where key_id = $1";

    public byte[] Wrap(string keyId, ReadOnlySpan<byte> material) => kek.Seal(material, Place(keyId));

    public NpgsqlCommand Insert(NpgsqlConnection connection, string keyId, string purpose, ReadOnlySpan<byte> material) => new(InsertSql, connection)
    {
        Parameters = { new() { Value = keyId }, new() { Value = purpose }, new() { Value = Wrap(keyId, material) }, new() { Value = kek.Id } },
    };

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

    private (StoredKeyState, byte[]?) Opened(string keyId, object? wrapped) => wrapped switch
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
