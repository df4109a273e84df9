using System.Globalization;
using Health.CardBridge;
using Health.CardBridge.Settlements;
using Health.Cards;
using Health.Contracts;
using Microsoft.Extensions.Configuration;

namespace Health.UnitTests.CardBridge;

public sealed class Codes_of_the_chip
{
    private const string PurseNo = "5107000000000001";
    private static readonly CardBridgeSettings Settings = CardBridgeSettings.Read(new ConfigurationBuilder().Build());
    private static readonly PurseProofs Proofs = new(new NodeIdentity("city", "city", "510700") { IsDevelopment = true }, Settings);

    private static byte[] Key(PurseKey key) => PurseMacs.KeyOf(MasterKeys.TestPurse.Find(SamKey.Of(key))!, "510700", PurseNo);

    private static string Tac(PurseDebit debit) => Convert.ToHexString(Sm4.Mac4(
        Key(PurseKey.Tac), PurseMacs.TacData(debit.AmountFen, debit.TerminalNo, (uint)debit.TermSeq, DateTime.ParseExact(debit.LocalTime, "yyyyMMddHHmmss", CultureInfo.InvariantCulture))));

    private static string Mac2(PurseDebit debit) => Convert.ToHexString(Sm4.Mac4(
        CardCrypto.Diversify(Key(PurseKey.Purchase), PurseMacs.PurchaseFactor(Convert.FromHexString(debit.Challenge), (ushort)debit.CardSeq, (uint)debit.TermSeq)), PurseMacs.Mac2Data(debit.AmountFen)));

    [Fact]
    public void prove_the_debit_they_were_made_for() => Assert.True(Proofs.Hold(Visits.Debit, PurseNo, Tac(Visits.Debit), Mac2(Visits.Debit)));

    [Fact]
    public void prove_no_other_amount_terminal_sequence_time_or_purse()
    {
        var tac = Tac(Visits.Debit);
        Assert.False(Proofs.Hold(Visits.Debit with { AmountFen = 3_001 }, PurseNo, tac, null));
        Assert.False(Proofs.Hold(Visits.Debit with { TerminalNo = "510700000002" }, PurseNo, tac, null));
        Assert.False(Proofs.Hold(Visits.Debit with { TermSeq = 8 }, PurseNo, tac, null));
        Assert.False(Proofs.Hold(Visits.Debit with { LocalTime = "20261124120101" }, PurseNo, tac, null));
        Assert.False(Proofs.Hold(Visits.Debit, "5107000000000002", tac, null));
        Assert.False(Proofs.Hold(Visits.Debit, PurseNo, tac, "00000000"));
        Assert.False(Proofs.Hold(Visits.Debit, PurseNo, "no code", null));
    }

    [Fact]
    public void are_left_to_the_operator_where_no_test_key_may_be()
    {
        var production = new PurseProofs(new NodeIdentity("city", "city", "510700"), Settings);
        Assert.True(production.Hold(Visits.Debit, PurseNo, "00000000", null));
        Assert.False(production.Hold(Visits.Debit, PurseNo, "0000", null));
    }
}
