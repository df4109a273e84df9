using System.Security.Cryptography;
using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class A_SAM_in_a_slot : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("health-sam-").FullName;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void serves_a_whole_card_with_a_payment(bool answersMore)
    {
        using var chip = new Chip();
        using var health = Sam(new VirtualSam(MasterKeys.TestHealthDesk, "8642") { AnswersMore = answersMore });
        using var purseSam = Sam(new VirtualSam(MasterKeys.TestPurseDesk, "8642") { AnswersMore = answersMore });
        var session = new HealthCardSession(chip.Slot.Connect(), health, RandomNumberGenerator.Create());
        var identity = session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        Assert.Equal("张测试", session.ReadHolder().Name);
        var purse = new PurseSession(session.Channel, purseSam, identity.ChipSerial, identity.CityCode);
        purse.Open();
        var intent = purse.Initialise(1_500, new DateTime(2026, 7, 28, 10, 15, 0));
        Assert.IsType<DebitOutcome.Debited>(purse.Debit(intent));
        Assert.Equal(48_500, chip.Card.BalanceFen);
        Assert.Equal(("51070000000000000009", "510700000009"), (health.SerialNo, health.TerminalNo));
    }

    [Fact]
    public void gives_the_same_as_the_software_one()
    {
        using var sam = Sam(new VirtualSam(MasterKeys.TestHealth, "8642"));
        var soft = new SoftSam(MasterKeys.TestHealth, "1", "510700000001", Sequence("soft"), development: true);
        byte[] city = CardCrypto.CityFactor("510700"), card = Convert.FromHexString("3100000012345678"), challenge = Convert.FromHexString("1122334455667788");
        foreach (var key in CardKeys.All)
        {
            byte[][] factors = key.TwoLevels ? [city, card, challenge] : [card, challenge];
            sam.Derive(SamKey.Of(key), factors);
            soft.Derive(SamKey.Of(key), factors);
            Assert.Equal(soft.Encrypt(new byte[32]), sam.Encrypt(new byte[32]));
            for (var length = 0; length < 40; length += 13) Assert.Equal(soft.Mac(new byte[length]), sam.Mac(new byte[length]));
        }
    }

    [Fact]
    public void whose_slot_was_reset_is_opened_anew_for_a_derivation_and_not_in_the_middle()
    {
        var chip = new VirtualSam(MasterKeys.TestHealth, "8642");
        using var sam = Sam(chip);
        Derive(sam);
        chip.ResetAt = 0xDE;
        Derive(sam);
        Assert.Equal(2, chip.Connections);
        chip.ResetAt = 0xFA;
        Assert.Throws<CardLostException>(() => sam.Encrypt(new byte[16]));
        Assert.Throws<CardLostException>(() => sam.Encrypt(new byte[16]));
        Derive(sam);
        Assert.Equal(16, sam.Encrypt(new byte[16]).Length);
    }

    [Fact]
    public void that_refuses_the_PIN_is_not_asked_again()
    {
        var chip = new VirtualSam(MasterKeys.TestHealth, "1357");
        using var sam = Sam(chip);
        for (var attempt = 0; attempt < 5; attempt++) Assert.Throws<SamRefusedException>(() => Derive(sam));
        Assert.Equal(2, chip.TriesLeft);
    }

    [Fact]
    public void with_the_PIN_it_was_delivered_with_serves_Development_alone()
    {
        Assert.Throws<InvalidOperationException>(() => new PcscSam(new VirtualSam(MasterKeys.TestHealth, "123456"), "123456", 0, Sequence("a"), development: false));
        using var sam = new PcscSam(new VirtualSam(MasterKeys.TestHealth, "123456"), "123456", 0, Sequence("b"), development: true);
        Derive(sam);
    }

    [Fact]
    public void says_which_key_it_does_not_hold()
    {
        using var sam = Sam(new VirtualSam(MasterKeys.TestPurseDesk, "8642"));
        Assert.Throws<SamKeyMissingException>(() => Derive(sam));
    }

    [Fact]
    public void sends_the_version_of_its_keys_with_the_tag()
    {
        using var sam = new PcscSam(new VirtualSam(MasterKeys.TestHealth, "8642"), "8642", 1, Sequence("v"), development: false);
        Derive(sam);
        Assert.Equal(16, sam.Mac([1]).Length);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static void Derive(ISam sam) => sam.Derive(SamKey.Of(CardKeys.Rk1Ddf1), CardCrypto.CityFactor("510700"), Convert.FromHexString("3100000012345678"), new byte[8]);

    private PcscSam Sam(VirtualSam chip) => new(chip, "8642", 0, Sequence(Guid.NewGuid().ToString("N")), development: false);

    private SequenceFile Sequence(string name) => new(Path.Combine(folder, name));
}
