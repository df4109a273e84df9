namespace Health.Cards;

/// <summary>What is free to read on a card, enough to know which card it is. <paramref name="ChipSerial"/>: 16 hexadecimal digits of the ATR.</summary>
public sealed record CardIdentity(string CardNo, string ChipSerial, string CityCode, string IssuingSerial);

/// <summary>The holder as read after authentication. <paramref name="Sex"/>: GB/T 2261.1 code in hexadecimal (01, 02).</summary>
public sealed record CardHolder(string Name, string Sex, DateOnly BirthDate, string IdNumber)
{
    // A record's own text would print the person into logs.
    public override string ToString() => "CardHolder";
}

/// <summary>The card did not prove that it is genuine, or is not of the profile.</summary>
public sealed class CardNotGenuineException(string message) : Exception(message);

/// <summary>
/// The dialogue with the health application from power-on to a known holder, in at most 13 APDUs: SELECT DDF1, EF05 with card number, serial and
/// city (4), challenge and both authentications (3), EF06 with name, sex, birth and ID number (5).
/// </summary>
/// <param name="form">How this kind of card packs protected updates; null for the profile's form.</param>
public sealed class HealthCardSession(ICardConnection connection, ISam sam, System.Security.Cryptography.RandomNumberGenerator random, SecureMessagingForm? form = null)
{
    private readonly CardChannel channel = new(connection);

    public CardChannel Channel => channel;

    public CardIdentity? Identity { get; private set; }

    /// <summary>EF05, free to read.</summary>
    public CardIdentity Identify()
    {
        var factor = CardAtr.CardFactor(channel.Atr) ?? throw new CardNotGenuineException("The ATR is not of profile MY-HC/1.");
        channel.Select("DDF1", CardFiles.Ddf1);
        channel.Select("EF05", CardFiles.Issuer.Fid);
        var cardNo = ReadIssuer(8);
        var serial = ReadIssuer(10);
        var city = ReadIssuer(57);
        if (city.Length != 6) throw new CardNotGenuineException("Item 57 is no city code.");
        return Identity = new CardIdentity(cardNo, Convert.ToHexString(factor), city, serial);
    }

    /// <summary>Terminal proves itself to the card (right to read under <paramref name="key"/>), then the card to the terminal. The card must stand in the key's DF.</summary>
    public void Authenticate(CardKey key)
    {
        ExternalAuthenticate(key);
        var random8 = Random8();
        var data8 = Random8();
        var answer = channel.Ask("INTERNAL AUTHENTICATE", new CommandApdu(0x00, 0x88, 0x00, 0x00, [.. random8, .. data8, 0x01], 8));
        DeriveFor(CardKeys.IrkDdf1, random8);
        if (!CardCrypto.Same(CardCrypto.Fold(sam.Encrypt([.. data8, 0, 0, 0, 0, 0, 0, 0, 0])), answer)) throw new CardNotGenuineException("The card's authentication value is wrong.");
    }

    /// <summary>The right to read under a key of the current DF.</summary>
    public void ExternalAuthenticate(CardKey key)
    {
        var challenge = channel.Ask("GET CHALLENGE", new CommandApdu(0x00, 0x84, 0x00, 0x00, 8));
        var random8 = Random8();
        DeriveFor(key, challenge);
        var proof = CardCrypto.Fold(sam.Encrypt([.. random8, 0, 0, 0, 0, 0, 0, 0, 0]));
        channel.Ask("EXTERNAL AUTHENTICATE", new CommandApdu(0x00, 0x82, 0x00, key.KeyId, [.. proof, .. random8, 0x01]));
    }

    /// <summary>EF06.</summary>
    public CardHolder ReadHolder()
    {
        channel.Select("EF06", CardFiles.Holder.Fid);
        var name = Read(CardFiles.Holder, 11);
        var sex = Read(CardFiles.Holder, 12);
        var birth = Read(CardFiles.Holder, 14);
        var id = Read(CardFiles.Holder, 15);
        return DateOnly.TryParseExact(birth, "yyyyMMdd", out var date) ? new CardHolder(name, sex, date, id) : throw new CardNotGenuineException("Item 14 is no date.");
    }

    /// <summary>End of validity, item 7 of EF08.</summary>
    public DateOnly ReadValidity()
    {
        channel.Select("EF08", CardFiles.Validity.Fid);
        return DateOnly.TryParseExact(Read(CardFiles.Validity, 7), "yyyyMMdd", out var date) ? date : throw new CardNotGenuineException("Item 7 is no date.");
    }

    /// <summary>An item of the selected record-EF by its record number.</summary>
    public string Read(CardFile file, byte number)
    {
        var record = file.Items.Select((item, index) => item.Number == number ? index + 1 : 0).Max();
        return Decode(file.Item(number), channel.Ask($"READ RECORD {file.Path} {number}", new CommandApdu(0x00, 0xB2, (byte)record, 0x04, 256)));
    }

    /// <summary>Changes an item of the selected record-EF under its update key, with secure messaging.</summary>
    public void Update(CardFile file, byte number, string text)
    {
        var key = file.UpdateKey ?? throw new InvalidOperationException($"{file.Path} is never changed after issue.");
        var record = file.Items.Select((item, index) => item.Number == number ? index + 1 : 0).Max();
        Protected($"UPDATE RECORD {file.Path} {number}", key, 0x04, 0xDC, (byte)record, new Tlv(number, file.Item(number).Encode(text)).ToBytes());
    }

    /// <summary>A protected command on the selected file: fresh challenge, session of the key, data enciphered (none: a MAC alone).</summary>
    internal void Protected(string step, CardKey key, byte cla, byte ins, byte p1, byte[]? data)
    {
        var packing = form ?? SecureMessagingForm.Profile;
        DeriveFor(key, channel.Ask("GET CHALLENGE", new CommandApdu(0x00, 0x84, 0x00, 0x00, 8)));
        var cipher = data is null ? [] : sam.Encrypt(packing.Plain(data));
        var mac = sam.Mac(SecureMessaging.Covered(cla, ins, p1, 0x04, cipher.Length + packing.MacLength, cipher)).AsSpan(0, packing.MacLength);
        channel.Ask(step, new CommandApdu(cla, ins, p1, 0x04, [.. cipher, .. mac]));
    }

    private string ReadIssuer(byte number)
    {
        var item = CardFiles.Issuer.Item(number);
        return Decode(item, channel.Ask($"READ RECORD EF05 {number}", new CommandApdu(0x00, 0xB2, number, 0x00, item.Length + 2)));
    }

    private static string Decode(CardItem item, byte[] record) =>
        Tlv.TryParse(record) is { } tlv && tlv.Tag == item.Number && item.Decode(tlv.Value) is { } text
            ? text
            : throw new CardNotGenuineException($"Item {item.Number} is malformed.");

    private void DeriveFor(CardKey key, byte[] challenge)
    {
        var identity = Identity ?? throw new InvalidOperationException("Identify the card first.");
        var card = Convert.FromHexString(identity.ChipSerial);
        if (key.TwoLevels) sam.Derive(SamKey.Of(key), CardCrypto.CityFactor(identity.CityCode), card, challenge);
        else sam.Derive(SamKey.Of(key), card, challenge);
    }

    private byte[] Random8()
    {
        var bytes = new byte[8];
        random.GetBytes(bytes);
        return bytes;
    }
}
