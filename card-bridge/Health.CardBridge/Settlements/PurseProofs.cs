using System.Globalization;
using Health.Cards;
using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>
/// Recomputes the codes a chip gives with a debit. In Development with the published test keys. In production the TAC key is the operator's
/// alone: the desk's SAM has checked MAC2, and the operator's verdict on the TAC follows (<see cref="Bindings.CityCardOperator.Tell"/>).
/// </summary>
public sealed class PurseProofs(NodeIdentity node, CardBridgeSettings settings)
{
    /// <param name="tac">8 hexadecimal digits.</param>
    /// <param name="mac2">8 hexadecimal digits, or null when the desk gives none.</param>
    /// <returns>False when a code that can be checked here is wrong.</returns>
    public bool Hold(PurseDebit debit, string purseNo, string tac, string? mac2)
    {
        if (!IsCode(tac) || (mac2 is not null && !IsCode(mac2))) return false;
        if (!node.IsDevelopment) return true;
        var local = DateTime.ParseExact(debit.LocalTime, "yyyyMMddHHmmss", CultureInfo.InvariantCulture);
        var termSeq = checked((uint)debit.TermSeq);
        var expectedTac = Sm4.Mac4(KeyOf(PurseKey.Tac, purseNo), PurseMacs.TacData(debit.AmountFen, debit.TerminalNo, termSeq, local));
        if (!CardCrypto.Same(expectedTac, Convert.FromHexString(tac))) return false;
        if (mac2 is null || debit.Challenge.Length != 8) return true;
        var session = CardCrypto.Diversify(KeyOf(PurseKey.Purchase, purseNo), PurseMacs.PurchaseFactor(Convert.FromHexString(debit.Challenge), checked((ushort)debit.CardSeq), termSeq));
        return CardCrypto.Same(Sm4.Mac4(session, PurseMacs.Mac2Data(debit.AmountFen)), Convert.FromHexString(mac2));
    }

    public static bool IsCode(string text) => text.Length == 8 && text.All(char.IsAsciiHexDigit);

    private byte[] KeyOf(PurseKey key, string purseNo) => PurseMacs.KeyOf(MasterKeys.TestPurse.Find(SamKey.Of(key))!, settings.CityCode, purseNo);
}
