namespace Health.Cards;

/// <summary>
/// A security access module: it holds master keys that never leave it. Health module and purse module are two modules of two owners.
/// Like the hardware it has one working key: <see cref="Derive"/> sets it, <see cref="Encrypt"/> and <see cref="Mac"/> use it. Not thread-safe:
/// one desk, one module.
/// </summary>
public interface ISam
{
    /// <summary>Serial number, 20 digits.</summary>
    string SerialNo { get; }

    /// <summary>Terminal number, 12 digits (file 0016).</summary>
    string TerminalNo { get; }

    /// <summary>Derives a session key from the master of <paramref name="key"/>, level by level. Throws <see cref="SamKeyMissingException"/> when the module does not hold it.</summary>
    void Derive(SamKey key, params ReadOnlySpan<byte[]> factors);

    /// <summary>SM4-ECB of whole blocks.</summary>
    byte[] Encrypt(ReadOnlySpan<byte> blocks);

    /// <summary>CBC-MAC of the data padded 80 00…, 16 bytes.</summary>
    byte[] Mac(ReadOnlySpan<byte> data);

    /// <summary>The next terminal transaction sequence; durable before it is returned, so that no number is ever used twice.</summary>
    uint NextTermSeq();
}

/// <summary>Which master key: use and tag as the SAM knows them (profile §1.3); the purse module has keys of its own.</summary>
public readonly record struct SamKey(byte Use, byte Tag)
{
    public static SamKey Of(CardKey key) => new(key.SamUse, key.SamTag);

    /// <summary>Purse keys have no numbers in the published sources: use 50 is ours.</summary>
    public static SamKey Of(PurseKey key) => new(0x50, (byte)key);
}

/// <summary>The module was not given this key: a terminal without the right to do what was asked.</summary>
public sealed class SamKeyMissingException(SamKey key) : Exception($"The SAM holds no key {key.Use:X2}/{key.Tag:X2}.");
