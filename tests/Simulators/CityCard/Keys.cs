namespace Health.Simulators.CityCard;

/// <summary>
/// The purse keys of the test profile MY-HC/1: the published test master key and the two-level diversification (city, card). TAC over
/// amount 4 | type 1 | terminal 6 | terminal sequence 4 | date 4 | time 3.
/// </summary>
public sealed class Keys(byte[] master, byte[] cityFactor)
{
    public const string PublishedTestMaster = "0123456789ABCDEFFEDCBA9876543210";
    public const string Sichuan = "3531303030303030";

    public string Tac(byte[] cardFactor, TerminalTransaction t)
    {
        var key = Sm4.Diversify(Sm4.Diversify(master, cityFactor), cardFactor);
        return Convert.ToHexString(Sm4.Mac4(key, Convert.FromHexString($"{(uint)t.AmountFen:X8}{t.Type}{t.TerminalNo}{(uint)t.TermSeq:X8}{t.Date}{t.Time}")));
    }
}
