using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;

namespace Health.Cards;

/// <summary>SM4 (GB/T 32907) as the card profile uses it: ECB on whole blocks, padding 80 00…, CBC-MAC with IV 0. Keys and blocks are 16 bytes.</summary>
public static class Sm4
{
    public const int BlockSize = 16;

    public static byte[] Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> blocks) => Run(true, key, blocks);

    public static byte[] Decrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> blocks) => Run(false, key, blocks);

    /// <summary>ISO/IEC 7816-4 padding: 80, then 00 up to a whole block; a whole block is added when the data already fill one.</summary>
    public static byte[] Pad(ReadOnlySpan<byte> data)
    {
        var padded = new byte[(data.Length / BlockSize + 1) * BlockSize];
        data.CopyTo(padded);
        padded[data.Length] = 0x80;
        return padded;
    }

    /// <summary>CBC-MAC over the padded data with IV 0; a profile MAC is its first 4 bytes (<see cref="Mac4"/>).</summary>
    public static byte[] Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
    {
        var padded = Pad(data);
        var engine = Engine(true, key);
        var chain = new byte[BlockSize];
        for (var offset = 0; offset < padded.Length; offset += BlockSize)
        {
            for (var i = 0; i < BlockSize; i++) chain[i] ^= padded[offset + i];
            engine.ProcessBlock(chain, 0, chain, 0);
        }
        return chain;
    }

    public static byte[] Mac4(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data) => Mac(key, data)[..4];

    private static byte[] Run(bool encrypt, ReadOnlySpan<byte> key, ReadOnlySpan<byte> blocks)
    {
        if (blocks.Length % BlockSize != 0) throw new ArgumentException("SM4 takes whole blocks of 16 bytes.", nameof(blocks));
        var engine = Engine(encrypt, key);
        var input = blocks.ToArray();
        var output = new byte[input.Length];
        for (var offset = 0; offset < input.Length; offset += BlockSize) engine.ProcessBlock(input, offset, output, offset);
        return output;
    }

    private static SM4Engine Engine(bool encrypt, ReadOnlySpan<byte> key)
    {
        var engine = new SM4Engine();
        engine.Init(encrypt, new KeyParameter(key.ToArray()));
        return engine;
    }
}
