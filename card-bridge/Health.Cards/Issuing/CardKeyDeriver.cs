using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;

namespace Health.Cards;

/// <summary>
/// All 21 keys of a card at once (profile §1.3, §4.2): the key schedules of the masters, diversified by the city where a key has two levels, are
/// made once, so that a card costs 21 blocks. Not thread-safe.
/// </summary>
public sealed class CardKeyDeriver
{
    public const int KeySize = 16;
    public static readonly int AllKeysSize = CardKeys.All.Count * KeySize;
    private readonly SM4Engine[] engines;

    /// <exception cref="SamKeyMissingException">The masters are not all there.</exception>
    public CardKeyDeriver(MasterKeys masters, string cityCode)
    {
        var city = CardCrypto.CityFactor(cityCode);
        engines =
        [
            .. CardKeys.All.Select(key =>
            {
                var master = masters.Find(SamKey.Of(key)) ?? throw new SamKeyMissingException(SamKey.Of(key));
                var engine = new SM4Engine();
                engine.Init(true, new KeyParameter(key.TwoLevels ? CardCrypto.Diversify(master, city) : master));
                return engine;
            }),
        ];
    }

    /// <summary>Writes the keys in the order of <see cref="CardKeys.All"/>, 16 bytes each.</summary>
    /// <param name="cardFactor">8 bytes: the chip serial.</param>
    public void Derive(ReadOnlySpan<byte> cardFactor, Span<byte> keys)
    {
        Span<byte> block = stackalloc byte[KeySize];
        for (var i = 0; i < 8; i++)
        {
            block[i] = cardFactor[i];
            block[i + 8] = (byte)~cardFactor[i];
        }
        for (var i = 0; i < engines.Length; i++) engines[i].ProcessBlock(block, keys.Slice(i * KeySize, KeySize));
    }
}
