using System.Buffers.Binary;
using System.Text;

namespace Health.Cards;

/// <summary>
/// What a list holds instead of numbers: the first 8 bytes of SM3 over a domain tag and the number, as a big-endian integer. Chips and
/// purses are listed. Card numbers are not: a card number is the resident ID number, and its hash would be guessed in minutes.
/// </summary>
public static class BlacklistKey
{
    /// <param name="chipSerial">16 hexadecimal digits in upper case, as in the ATR.</param>
    public static ulong OfChip(string chipSerial) => Of("chip", chipSerial);

    /// <param name="purseNo">16 digits.</param>
    public static ulong OfPurse(string purseNo) => Of("purse", purseNo);

    private static ulong Of(string kind, string number) => BinaryPrimitives.ReadUInt64BigEndian(Sm3.Hash(Encoding.ASCII.GetBytes($"MY-HC/1 blacklist {kind} {number}")));
}
