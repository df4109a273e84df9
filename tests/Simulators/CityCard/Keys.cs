namespace Health.Simulators.CityCard;

/// <summary>
/// The TAC key of the test profile MY-HC/1: the published test master (first half of SM3 of <c>MY-HC/1 test PURSE_TAC</c>), derived by city and
/// purse number. TAC over
/// amount 4 | type 1 | terminal 6 | terminal sequence 4 | date 4 | time 3.
/// </summary>
public sealed class Keys(byte[] master, byte[] cityFactor)
{
    public const string PublishedTestMaster = "79072211E1F9EE9DFEB4E682ECCA948B";
    public const string Sichuan = "3531303030303030";

    /// <param name="t">Purse number of 16 digits, terminal number of 12, date and time as digits.</param>
    public string Tac(TerminalTransaction t)
    {
        var key = Sm4.Diversify(Sm4.Diversify(master, cityFactor), Convert.FromHexString(t.PurseNo));
        return Convert.ToHexString(Sm4.Mac4(key, Convert.FromHexString($"{(uint)t.AmountFen:X8}{t.Type}{t.TerminalNo}{(uint)t.TermSeq:X8}{t.Date}{t.Time}")));
    }
}
