using System.Buffers.Binary;

namespace Health.Simulators.CityCard;

/// <summary>
/// The load key and the TAC key of the test profile (published masters: first half of SM3 of <c>MY-HC/1 test PURSE_LOAD</c> and <c>… PURSE_TAC</c>), and the three codes of a load. Session of
/// a load: challenge 4 | card sequence 2 | 8000.
/// </summary>
public sealed class LoadKeys(byte[] loadMaster, byte[] tacMaster, byte[] cityFactor)
{
    public const string PublishedLoadMaster = "3D7B9EAD6BF23156AF792755F4871487";

    /// <summary>The card's proof: balance 4 | amount 4 | type 02 | terminal 6.</summary>
    public string Mac1(LoadRequest load) => Code(Session(load), $"{Number(load.BalanceFen)}{Number(load.AmountFen)}02{load.TerminalNo}");

    /// <summary>The operator's proof: amount 4 | type 02 | terminal 6 | date 4 | time 3.</summary>
    public string Mac2(LoadRequest load, string date, string time) => Code(Session(load), $"{Number(load.AmountFen)}02{load.TerminalNo}{date}{time}");

    /// <summary>The card's receipt: new balance 4 | sequence 2 | amount 4 | type 02 | terminal 6 | date 4 | time 3.</summary>
    public string Tac(LoadRequest load, string date, string time) =>
        Code(Card(tacMaster, load.PurseNo), $"{Number(load.BalanceFen + load.AmountFen)}{load.CardSeq:X4}{Number(load.AmountFen)}02{load.TerminalNo}{date}{time}");

    private byte[] Session(LoadRequest load) => Sm4.Diversify(Card(loadMaster, load.PurseNo), Convert.FromHexString($"{load.Challenge}{load.CardSeq:X4}8000"));

    private byte[] Card(byte[] master, string purseNo) => Sm4.Diversify(Sm4.Diversify(master, cityFactor), Convert.FromHexString(purseNo));

    private static string Code(byte[] key, string hex) => Convert.ToHexString(Sm4.Mac4(key, Convert.FromHexString(hex)));

    private static string Number(long fen)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, checked((uint)fen));
        return Convert.ToHexString(bytes);
    }
}
