using System.Security.Cryptography;
using System.Text;
using Health.Contracts;
using Npgsql;

namespace Health.Broker.Keys;

/// <summary>A resident's key whose row still has to be inserted, in the transaction that registers the resident.</summary>
/// <param name="Wrapped">The material as the row has it.</param>
/// <param name="MadeAt">State of the cache when it was made, for <see cref="Keyring.Keep"/>.</param>
internal sealed record PendingKey(DataKey Key, byte[] Wrapped, long MadeAt);

/// <summary>
/// Envelope encryption: every data key is stored wrapped by one key-encryption key that is not in the database. Unwrapped keys are kept
/// in a bounded cache. <see cref="Open"/> runs once, before anything else is asked.
/// </summary>
internal sealed class Keyring(NpgsqlDataSource database, KeySettings settings) : IKeyring
{
    public const string NodeKeyId = "node", IndexKeyId = "index", DeriveKeyId = "derive", AuditKeyId = "audit";
    private const string ResidentPurpose = "resident";
    private const int CachedKeys = 10_000;
    private readonly BoundedCache<string, DataKey> cache = new(CachedKeys);
    private Opened? opened;

    private sealed record Opened(KeyTable Table, DataKey Node, KeyedHash Index, KeyedHash Derive, KeyedHash Audit);

    private Opened Keys => opened ?? throw new InvalidOperationException("The keyring is not open yet.");

    public DataKey Node => Keys.Node;

    /// <summary>Authenticates audit facts as written by this platform.</summary>
    public KeyedHash Audit => Keys.Audit;

    public static string ResidentKeyId(string residentId) => $"r:{residentId}";

    /// <summary>Reads the key file and opens the node's keys with it (made on first use): a wrong key file stops the start here.</summary>
    public void Open()
    {
        using var connection = database.OpenConnection();
        using var count = new NpgsqlCommand("select exists (select from broker.data_key)", connection);
        var hasKeys = (bool)count.ExecuteScalar()!;
        var table = new KeyTable(KeyFile.Read(settings.KeyFile, settings.MayCreate && !hasKeys));
        byte[] Material(string keyId) => ReadOrMake(connection, table, keyId);
        opened = new Opened(
            table,
            KeyMaterial.ToDataKey(NodeKeyId, Material(NodeKeyId)),
            new KeyedHash(Material(IndexKeyId)),
            new KeyedHash(Material(DeriveKeyId)),
            new KeyedHash(Material(AuditKeyId)));
    }

    public async ValueTask<DataKey> ForResident(string residentId, CancellationToken ct)
    {
        var keyId = ResidentKeyId(residentId);
        if (cache.Get(keyId) is { } cached) return cached;
        await using var connection = await database.OpenConnectionAsync(ct);
        if (await Load(connection, keyId, ct) is { } stored) return stored;
        await using (var insert = Keys.Table.Insert(connection, keyId, ResidentPurpose, KeyMaterial.NewAes())) await insert.ExecuteNonQueryAsync(ct);
        return await Load(connection, keyId, ct) ?? throw new InvalidOperationException($"The key of resident {residentId} was destroyed.");
    }

    /// <summary>A key for a resident who is being registered.</summary>
    public PendingKey NewForResident(string residentId)
    {
        var keyId = ResidentKeyId(residentId);
        var material = KeyMaterial.NewAes();
        return new PendingKey(KeyMaterial.ToDataKey(keyId, material), Keys.Table.Wrap(keyId, material), cache.Epoch);
    }

    /// <summary>The rows of such keys.</summary>
    public NpgsqlBatchCommand Insert(IEnumerable<PendingKey> keys) => Keys.Table.Insert([.. keys.Select(key => (key.Key.Id, key.Wrapped))], ResidentPurpose);

    /// <summary>After their commit: the keys need not be read before they are used.</summary>
    public void Keep(IEnumerable<PendingKey> keys)
    {
        foreach (var key in keys) cache.Put(key.Key.Id, key.Key, key.MadeAt);
    }

    public async ValueTask<DataKey?> Find(string keyId, CancellationToken ct)
    {
        if (TryGetCached(keyId, out var key)) return key;
        await using var connection = await database.OpenConnectionAsync(ct);
        return await Find(connection, keyId, ct);
    }

    /// <summary>The same on the caller's connection, for callers who must not wait for a second one.</summary>
    public async ValueTask<DataKey?> Find(NpgsqlConnection connection, string keyId, CancellationToken ct) =>
        TryGetCached(keyId, out var key) ? key : IsForCallers(keyId) ? await Load(connection, keyId, ct) : null;

    /// <summary>Those of the residents' keys that are not destroyed, by resident, on the caller's connection.</summary>
    public async Task<Dictionary<string, DataKey>> OfResidents(NpgsqlConnection connection, IEnumerable<string> residentIds, CancellationToken ct)
    {
        var found = new Dictionary<string, DataKey>(StringComparer.Ordinal);
        var missing = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var residentId in residentIds)
        {
            if (TryGetCached(ResidentKeyId(residentId), out var key)) found[residentId] = key!;
            else missing[ResidentKeyId(residentId)] = residentId;
        }

        if (missing.Count == 0) return found;
        var loadedAt = cache.Epoch;
        foreach (var (keyId, material) in await Keys.Table.Read(connection, [.. missing.Keys], ct))
        {
            var key = found[missing[keyId]] = KeyMaterial.ToDataKey(keyId, material);
            cache.Put(keyId, key, loadedAt);
        }

        return found;
    }

    public bool TryGetCached(string keyId, out DataKey? key)
    {
        key = keyId == NodeKeyId ? Node : cache.Get(keyId);
        return key is not null;
    }

    /// <summary>Drops a destroyed key from memory; the row was cleared by the caller's transaction.</summary>
    public void Forget(string residentId) => cache.Remove(ResidentKeyId(residentId));

    public WrappedKey NewWrapped(DataKey wrapping)
    {
        var keyId = RandomId.New();
        return new WrappedKey(keyId, wrapping.Id, wrapping.Seal(KeyMaterial.NewAes(), WrapPlace(keyId)));
    }

    public DataKey Unwrap(WrappedKey wrapped, DataKey wrapping) => KeyMaterial.ToDataKey(wrapped.KeyId, Material(wrapped, wrapping));

    public WrappedKey Rewrap(WrappedKey wrapped, DataKey from, DataKey to) =>
        new(wrapped.KeyId, to.Id, to.Seal(Material(wrapped, from), WrapPlace(wrapped.KeyId)));

    public Guid Blind(string domain, ReadOnlySpan<char> value) => Keys.Index.Blind(domain, value);

    public string DeriveId(string kind, string system, string value) => Keys.Derive.DeriveId(kind, system, value);

    private async ValueTask<DataKey?> Load(NpgsqlConnection connection, string keyId, CancellationToken ct)
    {
        var loadedAt = cache.Epoch;
        var (state, material) = await Keys.Table.Read(connection, keyId, ct);
        if (state == StoredKeyState.Destroyed || material is null) return null;
        var key = KeyMaterial.ToDataKey(keyId, material);
        cache.Put(keyId, key, loadedAt);
        return key;
    }

    private static byte[] ReadOrMake(NpgsqlConnection connection, KeyTable table, string keyId)
    {
        var (state, material) = table.Read(connection, keyId);
        if (state == StoredKeyState.Present) return material!;
        using (var insert = table.Insert(connection, keyId, "node", KeyMaterial.NewAes())) insert.ExecuteNonQuery();
        return table.Read(connection, keyId).Material ?? throw new InvalidOperationException($"Key {keyId} of this database was destroyed.");
    }

    private static bool IsForCallers(string keyId) => keyId is not (IndexKeyId or DeriveKeyId or AuditKeyId);

    private static byte[] Material(WrappedKey wrapped, DataKey wrapping) =>
        wrapped.WrappedBy == wrapping.Id
            ? wrapping.Open(wrapped.Bytes, WrapPlace(wrapped.KeyId))
            : throw new CryptographicException($"Key {wrapped.KeyId} is wrapped by {wrapped.WrappedBy}, not by {wrapping.Id}.");

    private static byte[] WrapPlace(string keyId) => Encoding.UTF8.GetBytes($"wrapped|{keyId}");
}
