using System.Globalization;

namespace Health.Cards;

/// <summary>
/// The data set written on issuing. Texts as they stand on the card; <see cref="Items"/> adds or replaces items by number (validity 7,
/// telephone 16, blood group 41 …), in the form <see cref="CardItem.Encode"/> takes.
/// </summary>
public sealed record CardPersonalisation
{
    /// <summary>H1–H2, 4 hexadecimal digits.</summary>
    public string ChipMaker { get; init; } = "3100";

    /// <summary>H3–H8, 12 hexadecimal digits, never given twice.</summary>
    public required string ChipNo { get; init; }

    /// <summary>Item 8; equals the resident ID number.</summary>
    public required string CardNo { get; init; }

    public required string HolderName { get; init; }

    /// <summary>Item 12, GB/T 2261.1: 1 male, 2 female.</summary>
    public required byte Sex { get; init; }

    public required DateOnly BirthDate { get; init; }
    public required string IdNumber { get; init; }

    /// <summary>GB/T 3304, two digits; 01 is Han.</summary>
    public string Nation { get; init; } = "01";

    public required string IssuerName { get; init; }
    public required string IssuerCode { get; init; }
    public string CityCode { get; init; } = "510700";
    public required DateOnly IssuedOn { get; init; }
    public required DateOnly ValidUntil { get; init; }

    /// <summary>Purse number, 16 digits.</summary>
    public required string PurseNo { get; init; }
    public long PurseBalanceFen { get; init; }
    public IReadOnlyDictionary<int, string> Items { get; init; } = new Dictionary<int, string>();

    public string ChipSerial => ChipMaker + ChipNo;

    /// <summary>Makes the chip's memory: every item in its file, keys derived for this card, purse with its balance. Throws when a value does not fit its item.</summary>
    public CardImage Personalise(MasterKeys health, MasterKeys purse)
    {
        var factor = Convert.FromHexString(ChipSerial);
        var city = CardCrypto.CityFactor(CityCode);
        byte[] Derived(CardKey key) => CardCrypto.CardKeyOf(health.Find(SamKey.Of(key)) ?? throw new SamKeyMissingException(SamKey.Of(key)), key.TwoLevels, city, factor);
        string PurseKeyOf(PurseKey key) => Convert.ToHexString(PurseMacs.KeyOf(purse.Find(SamKey.Of(key)) ?? throw new SamKeyMissingException(SamKey.Of(key)), CityCode, PurseNo));
        return new CardImage
        {
            Atr = Convert.ToHexString(CardAtr.Contact(factor.AsSpan(0, 2), factor.AsSpan(2))),
            Files = new(CardFiles.All.ToDictionary(file => file.Path, Content), StringComparer.Ordinal),
            Keys = new(CardKeys.All.ToDictionary(key => key.Name, key => new CardKeyState { Value = Convert.ToHexString(Derived(key)) }), StringComparer.Ordinal),
            Purse = new PurseImage
            {
                PurseNo = PurseNo,
                ApplicationData = Convert.ToHexString(new PurseApplicationData(CityCode, PurseNo, IssuedOn, ValidUntil).ToBytes()),
                PurchaseKey = PurseKeyOf(PurseKey.Purchase),
                LoadKey = PurseKeyOf(PurseKey.Load),
                TacKey = PurseKeyOf(PurseKey.Tac),
                BalanceFen = PurseBalanceFen,
            },
        };
    }

    private List<string> Content(CardFile file) => file.Kind switch
    {
        FileKind.Record => [.. file.Items.Select(item => Convert.ToHexString(new Tlv(item.Number, Value(item)).ToBytes()))],
        FileKind.Cyclic => [],
        FileKind.Index => [Convert.ToHexString(Enumerable.Repeat((byte)0xFF, file.Records).ToArray())],
        _ => [new string('0', file.Size * 2)],
    };

    /// <summary>The bytes of an item on this card; blank when nothing is known. Throws when the value does not fit.</summary>
    public byte[] Value(CardItem item) => Text(item) is { } text ? item.Encode(text) : Blank(item);

    private static byte[] Blank(CardItem item) => [.. Enumerable.Repeat(item.Type == ItemType.Cn ? (byte)0xFF : (byte)0x00, item.Length)];

    private string? Text(CardItem item) => Items.TryGetValue(item.Number, out var given) ? given : item.Number switch
    {
        1 => "1",
        2 => "1.0",
        3 => IssuerName,
        4 => IssuerCode,
        6 => Day(IssuedOn),
        7 => Day(ValidUntil),
        8 => CardNo,
        // The issuing serial is text of ten characters: the last ten digits of the chip number.
        10 => ChipNo[^10..],
        11 => HolderName,
        12 => Sex.ToString("X2", CultureInfo.InvariantCulture),
        13 => Nation,
        14 => Day(BirthDate),
        15 => IdNumber,
        57 => CityCode,
        _ => null,
    };

    private static string Day(DateOnly date) => date.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
}
