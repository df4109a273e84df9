using System.Text.Json;

namespace Health.Cards;

/// <summary>
/// All that a virtual chip remembers between resets. Values are hexadecimal. An image holds card keys and personal data in clear: it stands
/// for the chip itself, for Development and test identities only.
/// </summary>
public sealed class CardImage
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string Profile { get; set; } = "MY-HC/1";
    public required string Atr { get; set; }

    /// <summary>By file path (<c>DDF1/EF05</c>). Record files: TLVs in record order; cyclic: newest first; binary and index: one entry.</summary>
    public required SortedDictionary<string, List<string>> Files { get; set; }

    /// <summary>Card keys by name (<c>RK1_DDF1</c>).</summary>
    public required SortedDictionary<string, CardKeyState> Keys { get; set; }

    public required PurseImage Purse { get; set; }

    public byte[] AtrBytes => Convert.FromHexString(Atr);

    /// <summary>Chip serial as the platform writes it: the card factor H1..H8 in 16 hexadecimal digits.</summary>
    public string ChipSerial => Convert.ToHexString(CardAtr.CardFactor(AtrBytes) ?? throw new InvalidDataException("The ATR is not of the profile."));

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    public static CardImage FromJson(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<CardImage>(json, Json) ?? throw new InvalidDataException("The image is empty.");

    public static CardImage Load(string path) => FromJson(File.ReadAllBytes(path));

    public void Save(string path) => DurableFile.Replace(path, ToJson());

    public CardImage Copy() => FromJson(ToJson());
}

/// <summary>A card key and the attempts it has left; at 0 it is locked.</summary>
public sealed class CardKeyState
{
    public const int MaxTries = 3;

    public required string Value { get; set; }
    public int TriesLeft { get; set; } = MaxTries;
}

/// <summary>State of the purse ADF 3F01. Amounts in fen.</summary>
public sealed class PurseImage
{
    public required string PurseNo { get; set; }
    public required string ApplicationData { get; set; }
    public required string PurchaseKey { get; set; }
    public required string LoadKey { get; set; }
    public required string TacKey { get; set; }
    public long BalanceFen { get; set; }
    public long MaxBalanceFen { get; set; } = 100_000;

    /// <summary>Sequence of the next purchase; moves on with the debit, not with INIT.</summary>
    public ushort PurchaseSeq { get; set; } = 1;
    public ushort LoadSeq { get; set; } = 1;
    public bool Locked { get; set; }

    /// <summary>At most 10 records of 23 bytes, newest first.</summary>
    public List<string> Records { get; set; } = [];

    /// <summary>Proof of the last transaction, for GET TRANSACTION PROVE.</summary>
    public LastTransaction? Last { get; set; }
}

public sealed record LastTransaction(byte Type, ushort CardSeq, string Mac2, string Tac);
