using Health.Cards;

namespace Health.UnitTests.Cards;

/// <summary>Profile MY-HC/1 §4.2. The card operator's simulator is written from the same vectors, not from this library.</summary>
public sealed class The_published_vectors_of_the_profile
{
    private static readonly byte[] Master = Hex("0123456789ABCDEFFEDCBA9876543210");
    private static readonly byte[] City = Hex("3531303030303030");
    private static readonly byte[] Card = Hex("3100000012345678");
    private static readonly byte[] CardKey = Hex("3E49AF5DDB3A0B24491E087B35C06CDD");
    private static readonly DateTime At = new(2026, 7, 28, 10, 15, 0);

    [Fact]
    public void SM4_agrees_with_GB_T_32907_A_1() =>
        Assert.Equal("681EDF34D206965E86B3E94F536E4246", Text(Sm4.Encrypt(Master, Master)));

    [Fact]
    public void SM4_decrypts_what_it_encrypts() => Assert.Equal(Master, Sm4.Decrypt(CardKey, Sm4.Encrypt(CardKey, Master)));

    [Fact]
    public void a_master_is_diversified_by_city_and_by_card()
    {
        Assert.Equal("F42573B7F8D1E30612693EFB92D3C03A", Text(CardCrypto.Diversify(Master, City)));
        Assert.Equal("983FFBB42E2E5F48B7CEAECD83505556", Text(CardCrypto.Diversify(Master, Card)));
        Assert.Equal(CardKey, CardCrypto.CardKeyOf(Master, twoLevels: true, City, Card));
        Assert.Equal("983FFBB42E2E5F48B7CEAECD83505556", Text(CardCrypto.CardKeyOf(Master, twoLevels: false, City, Card)));
        Assert.Equal(City, CardCrypto.CityFactor("510700"));
    }

    [Fact]
    public void a_session_key_and_the_external_authentication_come_from_the_challenge()
    {
        var session = CardCrypto.SessionKey(CardKey, Hex("1122334455667788"));
        Assert.Equal("58096B499F2EC79AE6224DC555D822C8", Text(session));
        var proof = CardCrypto.AuthenticationValue(session, Hex("A1A2A3A4A5A6A7A8"));
        var apdu = new CommandApdu(0x00, 0x82, 0x00, 0x04, [.. proof, .. Hex("A1A2A3A4A5A6A7A8"), 0x01]);
        Assert.Equal("0082000411766359866304A005A1A2A3A4A5A6A7A801", Text(apdu.ToBytes()));
    }

    [Fact]
    public void an_update_of_the_validity_is_enciphered_and_sealed()
    {
        var session = CardCrypto.SessionKey(CardKey, Hex("1122334455667788"));
        var tlv = new Tlv(7, CardFiles.Validity.Item(7).Encode("20360101")).ToBytes();
        var apdu = SecureMessaging.Update(session, 0x04, 0xDC, 0x01, 0x04, tlv);
        Assert.Equal("04DC010414113824F080F9D8FEE964408275EBD3612EADE8A9", Text(apdu.ToBytes()));
        Assert.Equal(tlv, SecureMessaging.Open(session, apdu));
    }

    [Fact]
    public void a_purchase_has_its_session_key_MAC1_MAC2_and_TAC()
    {
        var session = CardCrypto.Diversify(CardKey, PurseMacs.PurchaseFactor(Hex("AABBCCDD"), 1, 1));
        Assert.Equal("759BE1079E347D232DF6AA552DB63B70", Text(session));
        Assert.Equal("9544D3C3", Text(Sm4.Mac4(session, PurseMacs.Mac1Data(1500, "510700000001", At))));
        Assert.Equal("04662CDD", Text(Sm4.Mac4(session, PurseMacs.Mac2Data(1500))));
        Assert.Equal("F82FC6F7", Text(Sm4.Mac4(CardKey, PurseMacs.TacData(1500, "510700000001", 1, At))));
    }

    [Theory]
    [InlineData("0700")]
    [InlineData("07")]
    [InlineData("")]
    public void an_item_whose_length_disagrees_is_no_item(string hex) => Assert.Equal(hex == "0700", Tlv.TryParse(Hex(hex)) is not null);

    [Fact]
    public void the_protected_lengths_are_those_seen_in_the_field()
    {
        // Lc 14, 24, 34, 74, C4: 16·n + 4.
        Assert.Equal([0x14, 0x24, 0x34, 0x74], new[] { 4, 20, 30, 100 }.Select(length => (int)SecureMessaging.Update(CardKey, 0x04, 0xDC, 1, 4, new Tlv(1, new byte[length]).ToBytes()).ToBytes()[4]));
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text);

    private static string Text(byte[] bytes) => Convert.ToHexString(bytes);
}
