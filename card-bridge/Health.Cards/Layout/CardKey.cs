namespace Health.Cards;

/// <summary>
/// A key of the health application (profile §1.3): the number the card knows it by, and use and tag the SAM knows it by.
/// </summary>
/// <param name="Df">The DF it belongs to.</param>
/// <param name="KeyId">P2 of EXTERNAL AUTHENTICATE.</param>
public sealed record CardKey(string Name, ushort Df, byte KeyId, byte SamUse, byte SamTag)
{
    /// <summary>SAM use 47 and 48 diversify by city and card, 27 and 28 by card alone.</summary>
    public bool TwoLevels => SamUse is 0x47 or 0x48;
}

public static class CardKeys
{
    public static readonly CardKey IrkDdf1 = new("IRK_DDF1", CardFiles.Ddf1, 0x04, 0x47, 0x01);
    public static readonly CardKey StkDdf1 = new("STK_DDF1", CardFiles.Ddf1, 0x02, 0x28, 0x02);
    public static readonly CardKey StkDf01 = new("STK_DF01", CardFiles.Df01, 0x82, 0x28, 0x03);
    public static readonly CardKey StkDf02 = new("STK_DF02", CardFiles.Df02, 0x82, 0x48, 0x04);
    public static readonly CardKey StkDf03 = new("STK_DF03", CardFiles.Df03, 0x82, 0x48, 0x05);
    public static readonly CardKey LkDf01 = new("LK_DF01", CardFiles.Df01, 0x83, 0x27, 0x07);
    public static readonly CardKey LkDf02 = new("LK_DF02", CardFiles.Df02, 0x83, 0x27, 0x08);
    public static readonly CardKey LkDf03 = new("LK_DF03", CardFiles.Df03, 0x83, 0x27, 0x09);
    public static readonly CardKey Uk1Ddf1 = new("UK1_DDF1", CardFiles.Ddf1, 0x05, 0x27, 0x0A);
    public static readonly CardKey Uk1Df01 = new("UK1_DF01", CardFiles.Df01, 0x85, 0x27, 0x0B);
    public static readonly CardKey Uk1Df02 = new("UK1_DF02", CardFiles.Df02, 0x85, 0x47, 0x0C);
    public static readonly CardKey Uk2Df02 = new("UK2_DF02", CardFiles.Df02, 0x86, 0x47, 0x0D);
    public static readonly CardKey Uk3Df02 = new("UK3_DF02", CardFiles.Df02, 0x87, 0x47, 0x0E);
    public static readonly CardKey Uk1Df03 = new("UK1_DF03", CardFiles.Df03, 0x85, 0x47, 0x0F);
    public static readonly CardKey Uk2Df03 = new("UK2_DF03", CardFiles.Df03, 0x86, 0x27, 0x10);
    public static readonly CardKey Rk1Ddf1 = new("RK1_DDF1", CardFiles.Ddf1, 0x04, 0x47, 0x11);
    public static readonly CardKey Rk1Df01 = new("RK1_DF01", CardFiles.Df01, 0x84, 0x47, 0x12);
    public static readonly CardKey Rk1Df02 = new("RK1_DF02", CardFiles.Df02, 0x84, 0x47, 0x13);
    public static readonly CardKey Rk1Df03 = new("RK1_DF03", CardFiles.Df03, 0x84, 0x47, 0x14);
    public static readonly CardKey BkMf = new("BK_MF", CardFiles.Mf, 0x03, 0x27, 0x15);
    public static readonly CardKey StmMf = new("STM_MF", CardFiles.Mf, 0x02, 0x28, 0x16);

    public static IReadOnlyList<CardKey> All { get; } =
    [
        IrkDdf1, StkDdf1, StkDf01, StkDf02, StkDf03, LkDf01, LkDf02, LkDf03, Uk1Ddf1, Uk1Df01, Uk1Df02, Uk2Df02, Uk3Df02,
        Uk1Df03, Uk2Df03, Rk1Ddf1, Rk1Df01, Rk1Df02, Rk1Df03, BkMf, StmMf,
    ];

    /// <summary>
    /// The key EXTERNAL AUTHENTICATE means by its number in the current DF. The internal key IRK_DDF1 shares number 04 with RK1_DDF1 and
    /// is reached by INTERNAL AUTHENTICATE alone.
    /// </summary>
    public static CardKey? External(ushort df, byte keyId) => All.FirstOrDefault(key => key.Df == df && key.KeyId == keyId && key != IrkDdf1);
}

/// <summary>Keys of the purse application. They are diversified by city and purse number (8 bytes BCD): the operator knows no chip serials.</summary>
public enum PurseKey { Purchase = 1, Load = 2, Tac = 3 }
