using System.Security.Cryptography;
using Health.Contracts;

namespace Health.Broker.Keys;

/// <summary>
/// What is wrapped: one byte that names the algorithm, then the key. A second cipher (SM4-GCM) is one more letter and one more
/// <see cref="DataKey"/>; keys of both kinds live side by side.
/// </summary>
internal static class KeyMaterial
{
    private const byte Aes256Gcm = (byte)'A';
    private const int KeySize = 32;

    public static byte[] NewAes()
    {
        var material = new byte[1 + KeySize];
        material[0] = Aes256Gcm;
        RandomNumberGenerator.Fill(material.AsSpan(1));
        return material;
    }

    public static DataKey ToDataKey(string id, ReadOnlySpan<byte> material) => material switch
    {
        [Aes256Gcm, .. { Length: KeySize } key] => new AesDataKey(id, key.ToArray()),
        _ => throw new CryptographicException($"Key {id} has an algorithm or a length this version does not know."),
    };
}
