namespace Health.Contracts;

/// <summary>
/// A data key. <see cref="Seal"/> gives nonce, ciphertext and tag in one array; the additional data binds the ciphertext to its place
/// (stream, version or message id), so that a row moved by hand does not open.
/// </summary>
public abstract class DataKey
{
    /// <summary>Name under which the key can be found again; not secret, says nothing about a person.</summary>
    public abstract string Id { get; }

    public abstract byte[] Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData);

    /// <summary>Length of the plaintext of a sealed array, for renting buffers.</summary>
    public abstract int PlaintextLength(int sealedLength);

    /// <summary>Opens into <paramref name="plaintext"/> (exactly <see cref="PlaintextLength"/> bytes).</summary>
    /// <exception cref="System.Security.Cryptography.AuthenticationTagMismatchException">Altered, or sealed for another place.</exception>
    public abstract void Open(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> additionalData, Span<byte> plaintext);

    public byte[] Open(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> additionalData)
    {
        var plaintext = new byte[PlaintextLength(sealedBytes.Length)];
        Open(sealedBytes, additionalData, plaintext);
        return plaintext;
    }
}

/// <summary>
/// Keys of residents and of the node (Broker). Destroying a resident's key makes every payload under it unreadable for good.
/// </summary>
public interface IKeyring
{
    /// <summary>The key of a resident, made on first use. Durable before it is returned.</summary>
    ValueTask<DataKey> ForResident(string residentId, CancellationToken ct);

    /// <summary>The node's own key for what concerns no resident and for audit details.</summary>
    DataKey Node { get; }

    /// <summary>The key of that id; null when it was destroyed or never existed here.</summary>
    ValueTask<DataKey?> Find(string keyId, CancellationToken ct);

    /// <summary>The same, answered from memory only; false means: ask <see cref="Find"/>.</summary>
    bool TryGetCached(string keyId, out DataKey? key);

    /// <summary>A fresh key that lives beside its payload in wrapped form (a raw message before its resident is known).</summary>
    WrappedKey NewWrapped(DataKey wrapping);

    DataKey Unwrap(WrappedKey wrapped, DataKey wrapping);

    WrappedKey Rewrap(WrappedKey wrapped, DataKey from, DataKey to);

    /// <summary>Keyed 128-bit blind index of a normalised value; <paramref name="domain"/> separates uses (identifier system, parameter).</summary>
    Guid Blind(string domain, ReadOnlySpan<char> value);

    /// <summary>A FHIR logical id (26 characters of base32) derived from an identifier by keyed HMAC: deterministic, not guessable.</summary>
    string DeriveId(string kind, string system, string value);
}

/// <summary>A data key sealed under the key named <paramref name="WrappedBy"/>.</summary>
public sealed record WrappedKey(string KeyId, string WrappedBy, byte[] Bytes);
