using System.Globalization;
using Health.Cards;
using Health.Contracts;

namespace Health.CardBridge.Offline;

/// <summary>
/// The key for which desks seal what they note of a person while they are alone. It follows from the node's keys, so it is kept and backed up with them and is the
/// same after a restart. Desks get the public half.
/// </summary>
public sealed class OfflineSeals(IKeyring keys)
{
    private const string Domain = "card-bridge offline seal";
    private readonly Lazy<Sm2KeyPair> pair = new(() => Derive(keys));

    public Sm2PublicKey Public => pair.Value.Public;

    public byte[]? Open(string place, string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? Sm2Seal.Open(pair.Value, place, bytes.AsSpan(0, length)) : null;
    }

    // A number out of the key's range is passed over: about one in four thousand million.
    private static Sm2KeyPair Derive(IKeyring keys)
    {
        for (var attempt = 0; ; attempt++)
        {
            var number = string.Concat(((string[])["high", "low"]).Select(half => keys.Blind(Domain, string.Create(CultureInfo.InvariantCulture, $"{half} {attempt}")).ToString("N")));
            try
            {
                return Sm2KeyPair.FromHex(number);
            }
            catch (FormatException) when (attempt < 8)
            {
                continue;
            }
        }
    }
}
