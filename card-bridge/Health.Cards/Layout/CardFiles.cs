namespace Health.Cards;

public enum FileKind { Record, Cyclic, Binary, Index }

/// <summary>
/// An elementary file. Record: one TLV per item. Cyclic: records of <see cref="RecordLength"/> bytes, the newest is number 1. Index: one
/// byte per slot, 00 valid, FF erased. Binary: <see cref="Size"/> bytes.
/// </summary>
/// <param name="ReadKey">Null: free to read.</param>
/// <param name="UpdateKey">Null: never changed after issue.</param>
public sealed record CardFile(ushort Df, ushort Fid, string Name, FileKind Kind, CardKey? ReadKey, CardKey? UpdateKey)
{
    public IReadOnlyList<CardItem> Items { get; init; } = [];
    public int Records { get; init; }
    public int RecordLength { get; init; }
    public int Size { get; init; }

    /// <summary>For Index: the key that erases a slot.</summary>
    public CardKey? EraseKey { get; init; }

    /// <summary>Name in an image and in messages, e.g. <c>DDF1/EF05</c>.</summary>
    public string Path => Df == CardFiles.Ddf1 ? $"DDF1/{Fid:X4}" : $"{Df:X4}/{Fid:X4}";

    public CardItem Item(byte number) => Items.First(item => item.Number == number);
}

/// <summary>The files of the health application (profile §1.1) and the identifiers of the purse application.</summary>
public static class CardFiles
{
    public const ushort Mf = 0x3F00, Ddf1 = 0xDDF1, Df01 = 0xDF01, Df02 = 0xDF02, Df03 = 0xDF03, PurseAdf = 0x3F01;
    public const byte PurseApplicationSfi = 0x15, PurseHolderSfi = 0x16, PurseRecordsSfi = 0x18;

    public static readonly CardFile Issuer = Record(Ddf1, 0xEF05, "发卡机构基本数据", null, null,
        An(1, "卡类别", 1), An(2, "规范版本", 4), Ans(3, "发卡机构名称", 30), Cn(4, "发卡机构代码", 11), B(5, "发卡机构证书", 180),
        Cn(6, "发卡时间", 4), Ans(8, "卡号", 18), Ans(9, "安全码", 3), Ans(10, "芯片序列号", 10), Cn(57, "应用城市代码", 3));

    public static readonly CardFile Holder = Record(Ddf1, 0xEF06, "持卡人基本信息", CardKeys.Rk1Ddf1, null,
        Ans(11, "姓名", 30), B(12, "性别", 1), Cn(13, "民族", 1), Cn(14, "出生日期", 4), Ans(15, "身份证号", 18));

    public static readonly CardFile Photo = new(Ddf1, 0xEF07, "照片", FileKind.Binary, CardKeys.Rk1Ddf1, CardKeys.Uk1Ddf1) { Size = 3074 };

    public static readonly CardFile Validity = Record(Ddf1, 0xEF08, "有效期与联系", CardKeys.Rk1Ddf1, CardKeys.Uk1Ddf1,
        Cn(7, "卡有效期", 4), Ans(16, "本人电话1", 20), Ans(17, "本人电话2", 20), Cn(18, "医疗费用支付方式1", 1),
        Cn(19, "医疗费用支付方式2", 1), Cn(20, "医疗费用支付方式3", 1));

    public static readonly CardFile Addresses = Record(Df01, 0xEF05, "地址", CardKeys.Rk1Df01, CardKeys.Uk1Df01,
        Cn(21, "地址类别1", 1), Ans(22, "地址1", 100), Cn(23, "地址类别2", 1), Ans(24, "地址2", 100));

    public static readonly CardFile Contacts = Record(Df01, 0xEF06, "联系人", CardKeys.Rk1Df01, CardKeys.Uk1Df01,
        Ans(25, "联系人姓名1", 30), Cn(26, "联系人关系1", 1), Ans(27, "联系人电话1", 20), Ans(28, "联系人姓名2", 30), Cn(29, "联系人关系2", 1),
        Ans(30, "联系人电话2", 20), Ans(31, "联系人姓名3", 30), Cn(32, "联系人关系3", 1), Ans(33, "联系人电话3", 20));

    public static readonly CardFile Social = Record(Df01, 0xEF07, "文化婚姻职业", CardKeys.Rk1Df01, CardKeys.Uk1Df01,
        Cn(34, "文化程度", 1), Cn(35, "婚姻状况", 1), An(36, "职业", 3));

    public static readonly CardFile Documents = Record(Df01, 0xEF08, "证件与档案", CardKeys.Rk1Df01, CardKeys.Uk1Df01,
        Cn(37, "证件类别", 1), Ans(38, "证件号码", 18), Ans(39, "健康档案编号", 17), Ans(40, "新农合证号", 18));

    public static readonly CardFile Emergency = Record(Df02, 0xEF05, "临床基本数据", CardKeys.Rk1Df02, CardKeys.Uk1Df02,
        B(41, "ABO血型", 1), B(42, "RH血型", 1), B(43, "哮喘", 1), B(44, "心脏病", 1), B(45, "心脑血管病", 1), B(46, "癫痫", 1), B(47, "凝血紊乱", 1),
        B(48, "糖尿病", 1), B(49, "青光眼", 1), B(50, "透析", 1), B(51, "器官移植", 1), B(52, "器官缺失", 1), B(53, "可装卸义肢", 1),
        B(54, "心脏起搏器", 1), Ans(55, "其他医学警示", 40));

    public static readonly CardFile Special = Record(Df02, 0xEF06, "特殊信息", CardKeys.Rk1Df02, CardKeys.Uk2Df02, B(56, "精神病标志", 1));

    public static readonly CardFile Allergies = new(Df02, 0xEF07, "过敏", FileKind.Cyclic, CardKeys.Rk1Df02, CardKeys.Uk3Df02) { Records = 3, RecordLength = 120 };

    public static readonly CardFile Immunisations = new(Df02, 0xEF08, "免疫", FileKind.Cyclic, CardKeys.Rk1Df02, CardKeys.Uk3Df02) { Records = 3, RecordLength = 24 };

    public static readonly CardFile InpatientIndex = new(Df03, 0xEF05, "住院索引", FileKind.Index, CardKeys.Rk1Df03, CardKeys.Uk1Df03) { Records = 3, RecordLength = 1, EraseKey = CardKeys.Uk2Df03 };

    public static readonly CardFile OutpatientIndex = new(Df03, 0xEF06, "门诊索引", FileKind.Index, CardKeys.Rk1Df03, CardKeys.Uk1Df03) { Records = 5, RecordLength = 1, EraseKey = CardKeys.Uk2Df03 };

    /// <summary>All elementary files; the visit records carry the content, a 64-byte SM2 signature and a 190-byte SAM certificate.</summary>
    public static IReadOnlyList<CardFile> All { get; } =
    [
        Issuer, Holder, Photo, Validity, Addresses, Contacts, Social, Documents, Emergency, Special, Allergies, Immunisations, InpatientIndex, OutpatientIndex,
        .. Enumerable.Range(1, 3).Select(i => Visit((ushort)(0xEE00 + i), $"住院{i}", 1639 + 64 + 190)),
        .. Enumerable.Range(1, 5).Select(i => Visit((ushort)(0xED00 + i), $"门诊{i}", 3013 + 64 + 190)),
    ];

    public static CardFile? Find(ushort df, ushort fid) => All.FirstOrDefault(file => file.Df == df && file.Fid == fid);

    private static CardFile Visit(ushort fid, string name, int size) => new(Df03, fid, name, FileKind.Binary, CardKeys.Rk1Df03, CardKeys.Uk1Df03) { Size = size };

    private static CardFile Record(ushort df, ushort fid, string name, CardKey? read, CardKey? update, params CardItem[] items) =>
        new(df, fid, name, FileKind.Record, read, update) { Items = items };

    private static CardItem An(byte number, string name, int length) => new(number, name, ItemType.An, length);
    private static CardItem Ans(byte number, string name, int length) => new(number, name, ItemType.Ans, length);
    private static CardItem Cn(byte number, string name, int length) => new(number, name, ItemType.Cn, length);
    private static CardItem B(byte number, string name, int length) => new(number, name, ItemType.B, length);
}
