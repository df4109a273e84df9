using System.Buffers.Binary;
using System.Numerics;

namespace Health.Simulators.CityCard;

/// <summary>SM4 (GB/T 32907) of the operator's own making: encryption of one block, and the CBC-MAC of the card profile.</summary>
public static class Sm4
{
    private static readonly byte[] Box = Convert.FromHexString(
        "D690E9FECCE13DB716B614C228FB2C052B679A762ABE04C3AA441326498606999C4250F491EF987A33540B43EDCFAC62"
        + "E4B31CA9C908E89580DF94FA758F3FA64707A7FCF37317BA83593C19E6854FA8686B81B27164DA8BF8EB0F4B70569D35"
        + "1E240E5E6358D1A225227C3B01217887D40046579FD327524C3602E7A0C4C89EEABF8AD240C738B5A3F7F2CEF96115A1"
        + "E0AE5DA49B341A55AD933230F58CB1E31DF6E22E8266CA60C02923AB0D534E6FD5DB3745DEFD8E2F03FF6A726D6C5B51"
        + "8D1BAF92BBDDBC7F11D95C411F105AD80AC13188A5CD7BBD2D74D012B8E5B4B08969974A0C96777E65B9F109C56EC684"
        + "18F07DEC3ADC4D2079EE5F3ED7CB3948");

    private static readonly uint[] System = [0xA3B1BAC6, 0x56AA3350, 0x677D9197, 0xB27022DC];

    public static byte[] Encrypt(byte[] key, byte[] block)
    {
        var schedule = Schedule(key);
        Span<uint> x = stackalloc uint[4];
        for (var i = 0; i < 4; i++) x[i] = BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(i * 4));
        foreach (var round in schedule)
        {
            var mixed = Substitute(x[1] ^ x[2] ^ x[3] ^ round);
            var next = x[0] ^ mixed ^ BitOperations.RotateLeft(mixed, 2) ^ BitOperations.RotateLeft(mixed, 10) ^ BitOperations.RotateLeft(mixed, 18) ^ BitOperations.RotateLeft(mixed, 24);
            (x[0], x[1], x[2], x[3]) = (x[1], x[2], x[3], next);
        }
        var output = new byte[16];
        for (var i = 0; i < 4; i++) BinaryPrimitives.WriteUInt32BigEndian(output.AsSpan(i * 4), x[3 - i]);
        return output;
    }

    /// <summary>First four bytes of the CBC-MAC with IV 0 over the data padded 80 00…</summary>
    public static byte[] Mac4(byte[] key, byte[] data)
    {
        byte[] padded = [.. data, 0x80, .. new byte[15 - data.Length % 16]];
        var chain = new byte[16];
        for (var offset = 0; offset < padded.Length; offset += 16)
        {
            for (var i = 0; i < 16; i++) chain[i] ^= padded[offset + i];
            chain = Encrypt(key, chain);
        }
        return chain[..4];
    }

    /// <summary>Key of a card from a master key: SM4(K, f | ~f).</summary>
    public static byte[] Diversify(byte[] key, byte[] factor) => Encrypt(key, [.. factor, .. factor.Select(b => (byte)~b)]);

    private static uint[] Schedule(byte[] key)
    {
        Span<uint> k = stackalloc uint[4];
        for (var i = 0; i < 4; i++) k[i] = BinaryPrimitives.ReadUInt32BigEndian(key.AsSpan(i * 4)) ^ System[i];
        var rounds = new uint[32];
        for (var i = 0; i < 32; i++)
        {
            uint constant = 0;
            for (var j = 0; j < 4; j++) constant = constant << 8 | (byte)((4 * i + j) * 7);
            var mixed = Substitute(k[1] ^ k[2] ^ k[3] ^ constant);
            rounds[i] = k[0] ^ mixed ^ BitOperations.RotateLeft(mixed, 13) ^ BitOperations.RotateLeft(mixed, 23);
            (k[0], k[1], k[2], k[3]) = (k[1], k[2], k[3], rounds[i]);
        }
        return rounds;
    }

    private static uint Substitute(uint word) =>
        (uint)Box[word >> 24] << 24 | (uint)Box[word >> 16 & 0xFF] << 16 | (uint)Box[word >> 8 & 0xFF] << 8 | Box[word & 0xFF];
}
