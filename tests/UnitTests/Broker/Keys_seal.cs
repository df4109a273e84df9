using System.Security.Cryptography;
using CsCheck;
using Health.Broker.Keys;

namespace Health.UnitTests.Broker;

public sealed class Keys_seal
{
    private static readonly AesDataKey Key = new("k", RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void what_opens_again_in_its_place_only() => Gen.Select(Gen.Byte.Array[0, 200], Gen.Byte.Array[0, 40], Gen.Int[0, 1 << 20]).Sample((plain, place, bit) =>
    {
        var bytes = Key.Seal(plain, place);
        if (!Key.Open(bytes, place).AsSpan().SequenceEqual(plain) || bytes.Length != plain.Length + 28) return false;
        bytes[bit / 8 % bytes.Length] ^= (byte)(1 << (bit % 8));
        return Refuses(bytes, place) && Refuses(Key.Seal(plain, place), [.. place, 0]);
    }, iter: 500);

    [Fact]
    public void nothing_shorter_than_nonce_and_tag() => Assert.Throws<AuthenticationTagMismatchException>(() => Key.Open(new byte[27], []));

    [Fact]
    public void under_material_that_names_its_algorithm()
    {
        var material = KeyMaterial.NewAes();
        Assert.Equal("x"u8.ToArray(), KeyMaterial.ToDataKey("a", material).Open(KeyMaterial.ToDataKey("b", material).Seal("x"u8, []), []));
        material[0] = (byte)'?';
        Assert.Throws<CryptographicException>(() => KeyMaterial.ToDataKey("a", material));
    }

    [Fact]
    public void blinds_by_hmac_sha256_of_domain_zero_value()
    {
        var hash = HMACSHA256.HashData("Jefe"u8, "what do ya want\0for nothing?"u8.ToArray());
        Assert.Equal(new Guid(hash.AsSpan(0, 16), bigEndian: true), new KeyedHash("Jefe"u8.ToArray()).Blind("what do ya want", "for nothing?"));
        var derived = HMACSHA256.HashData("Jefe"u8, "Patient\0urn:x\0value"u8.ToArray());
        Assert.Equal(RandomId.Encode(derived), new KeyedHash("Jefe"u8.ToArray()).DeriveId("Patient", "urn:x", "value"));
    }

    [Fact]
    public void long_values_like_short_ones()
    {
        var hash = new KeyedHash(new byte[32]);
        Assert.NotEqual(hash.Blind("d", new string('长', 4000)), hash.Blind("d", new string('长', 4001)));
        Assert.Equal(hash.Blind("d", new string('长', 4000)), hash.Blind("d", new string('长', 4000)));
    }

    [Fact]
    public void ids_are_26_characters_of_base32_with_130_bits()
    {
        Assert.Equal("00000000000000000000000000", RandomId.Encode(new byte[17]));
        Assert.Equal("zzzzzzzzzzzzzzzzzzzzzzzzzz", RandomId.Encode([.. Enumerable.Repeat((byte)255, 17)]));
        Assert.Equal("04106000000000000000000000", RandomId.Encode([0x01, 0x02, 0x03, .. new byte[14]]));
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => RandomId.New()).Distinct().Count());
    }

    [Fact]
    public void and_the_cache_never_keeps_what_was_removed_while_it_was_loaded()
    {
        var cache = new BoundedCache<string, object>(2);
        var loadedAt = cache.Epoch;
        cache.Remove("a");
        cache.Put("a", new object(), loadedAt);
        Assert.Null(cache.Get("a"));
        foreach (var name in new[] { "a", "b", "c", "d", "e" }) cache.Put(name, name, cache.Epoch);
        Assert.Equal([null, null, "c", "d", "e"], new[] { "a", "b", "c", "d", "e" }.Select(name => cache.Get(name)));
    }

    private static bool Refuses(byte[] bytes, byte[] place)
    {
        try
        {
            Key.Open(bytes, place);
            return false;
        }
        catch (AuthenticationTagMismatchException)
        {
            return true;
        }
    }
}
