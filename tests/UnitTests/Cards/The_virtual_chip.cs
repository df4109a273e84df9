using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class The_virtual_chip
{
    [Fact]
    public void tells_who_holds_it_in_thirteen_APDUs()
    {
        using var chip = new Chip();
        var session = chip.Session();
        var identity = session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        var holder = session.ReadHolder();
        Assert.Equal(13, session.Channel.Count);
        Assert.Equal(new CardIdentity("510799199001010018", "3100000012345678", "510700", "0012345678"), identity);
        Assert.Equal(new CardHolder("张测试", "01", new DateOnly(1990, 1, 1), "510799199001010018"), holder);
    }

    [Fact]
    public void answers_SELECT_with_61xx_on_some_systems_and_is_read_all_the_same()
    {
        using var chip = new Chip();
        chip.Card.SelectAnswersMore = true;
        Assert.Equal("510799199001010018", chip.Session().Identify().CardNo);
    }

    [Fact]
    public void gives_the_issuer_file_freely_and_the_holder_only_to_a_terminal_that_proved_itself()
    {
        using var chip = new Chip();
        var session = chip.Session();
        session.Identify();
        session.Channel.Select("EF06", CardFiles.Holder.Fid);
        Assert.Equal(StatusWord.SecurityNotSatisfied, Assert.Throws<CardRefusedException>(() => session.Read(CardFiles.Holder, 11)).Sw);
    }

    [Fact]
    public void takes_the_right_back_when_another_DF_is_selected()
    {
        using var chip = new Chip();
        var session = chip.Session();
        session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        session.ReadHolder();
        session.Channel.Select("DF01", CardFiles.Df01);
        session.Channel.Select("DDF1", CardFiles.Ddf1);
        Assert.Equal(StatusWord.SecurityNotSatisfied, Assert.Throws<CardRefusedException>(session.ReadHolder).Sw);
    }

    [Fact]
    public void gives_each_DF_for_its_own_key_alone()
    {
        using var chip = new Chip();
        var session = chip.Session();
        session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        session.Channel.Select("DF02", CardFiles.Df02);
        session.Channel.Select("EF05", CardFiles.Emergency.Fid);
        Assert.Equal(StatusWord.SecurityNotSatisfied, Assert.Throws<CardRefusedException>(() => session.Read(CardFiles.Emergency, 41)).Sw);
        session.ExternalAuthenticate(CardKeys.Rk1Df02);
        Assert.Equal("00", session.Read(CardFiles.Emergency, 41));
    }

    [Fact]
    public void takes_a_challenge_once_and_only_for_the_next_command()
    {
        using var chip = new Chip();
        chip.Session().Identify();
        var auth = new CommandApdu(0, 0x82, 0, 4, new byte[17]);
        Assert.Equal(StatusWord.ChallengeMissing, Send(chip, auth));
        Send(chip, new CommandApdu(0, 0x84, 0, 0, 8));
        Assert.Equal(0x63C2, Send(chip, auth));
        Assert.Equal(StatusWord.ChallengeMissing, Send(chip, auth));
        Send(chip, new CommandApdu(0, 0x84, 0, 0, 8));
        Send(chip, new CommandApdu(0, 0xB2, 8, 0, 20));
        Assert.Equal(StatusWord.ChallengeMissing, Send(chip, auth));
    }

    [Fact]
    public void locks_a_key_after_three_wrong_proofs_for_good()
    {
        using var chip = new Chip();
        foreach (var expected in (ushort[])[0x63C2, 0x63C1, 0x63C0, StatusWord.KeyLocked])
        {
            chip.Session().Identify();
            Send(chip, new CommandApdu(0, 0x84, 0, 0, 8));
            Assert.Equal(expected, Send(chip, new CommandApdu(0, 0x82, 0, 4, new byte[17])));
        }
        chip.Restart();
        var session = chip.Session();
        session.Identify();
        Assert.Equal(StatusWord.KeyLocked, Assert.Throws<CardRefusedException>(() => session.Authenticate(CardKeys.Rk1Ddf1)).Sw);
    }

    [Fact]
    public void forgets_wrong_proofs_after_a_right_one()
    {
        using var chip = new Chip();
        var session = chip.Session();
        session.Identify();
        Send(chip, new CommandApdu(0, 0x84, 0, 0, 8));
        Assert.Equal(0x63C2, Send(chip, new CommandApdu(0, 0x82, 0, 4, new byte[17])));
        session.Authenticate(CardKeys.Rk1Ddf1);
        Assert.Equal(CardKeyState.MaxTries, chip.Stored.Keys["RK1_DDF1"].TriesLeft);
    }

    [Fact]
    public void that_was_copied_without_its_keys_is_found_out()
    {
        using var chip = new Chip();
        var copy = chip.Stored;
        copy.Keys["IRK_DDF1"].Value = new string('0', 32);
        chip.Insert(copy);
        var session = chip.Session();
        session.Identify();
        Assert.Throws<CardNotGenuineException>(() => session.Authenticate(CardKeys.Rk1Ddf1));
    }

    [Fact]
    public void is_updated_under_secure_messaging_and_remembers_it()
    {
        using var chip = new Chip();
        var session = chip.Session();
        session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        session.Channel.Select("EF08", CardFiles.Validity.Fid);
        session.Update(CardFiles.Validity, 16, "13800000000");
        Assert.Equal("13800000000", session.Read(CardFiles.Validity, 16));
        chip.Restart();
        session = chip.Session();
        session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        session.Channel.Select("EF08", CardFiles.Validity.Fid);
        Assert.Equal(("13800000000", "20360105"), (session.Read(CardFiles.Validity, 16), session.Read(CardFiles.Validity, 7)));
    }

    [Fact]
    public void refuses_updates_that_are_plain_forged_or_of_an_issuer_file()
    {
        using var chip = new Chip();
        chip.Session().Identify();
        Assert.Equal(StatusWord.SecureMessagingDataMissing, Send(chip, new CommandApdu(0, 0xDC, 1, 4, [7, 4, 0x20, 0x36, 1, 1])));
        Send(chip, new CommandApdu(0, 0x84, 0, 0, 8));
        Assert.Equal(StatusWord.SecurityNotSatisfied, Send(chip, new CommandApdu(4, 0xDC, 1, 4, new byte[20])));
        Send(chip, Select(CardFiles.Validity.Fid));
        Assert.Equal(StatusWord.ChallengeMissing, Send(chip, new CommandApdu(4, 0xDC, 1, 4, new byte[20])));
        Send(chip, new CommandApdu(0, 0x84, 0, 0, 8));
        Assert.Equal(StatusWord.SecureMessagingDataWrong, Send(chip, new CommandApdu(4, 0xDC, 1, 4, new byte[20])));
    }

    [Fact]
    public void keeps_the_newest_three_allergies()
    {
        using var chip = new Chip();
        chip.Session().Identify();
        Send(chip, Select(CardFiles.Df02));
        Send(chip, Select(CardFiles.Allergies.Fid));
        for (byte count = 1; count <= 4; count++)
        {
            var session = SessionOf(chip, CardKeys.Uk3Df02);
            Assert.Equal(StatusWord.Ok, Send(chip, SecureMessaging.Update(session, 0x04, 0xDC, 0x00, 0x03, [count, .. new byte[119]])));
        }
        Assert.Equal(["04", "03", "02"], chip.Stored.Files["DF02/EF07"].Select(record => record[..2]));
    }

    [Fact]
    public void writes_and_erases_an_index_slot_only_with_a_MAC()
    {
        using var chip = new Chip();
        chip.Session().Identify();
        Send(chip, Select(CardFiles.Df03));
        Send(chip, Select(CardFiles.OutpatientIndex.Fid));
        Assert.Equal(StatusWord.ChallengeMissing, Send(chip, new CommandApdu(0x84, 0xD2, 2, 4)));
        Assert.Equal(StatusWord.Ok, Send(chip, SecureMessaging.MacOnly(SessionOf(chip, CardKeys.Uk1Df03), 0x84, 0xD2, 2, 4)));
        Assert.Equal("FF00FFFFFF", chip.Stored.Files["DF03/EF06"][0]);
        Assert.Equal(StatusWord.SecureMessagingDataWrong, Send(chip, SecureMessaging.MacOnly(SessionOf(chip, CardKeys.Uk1Df03), 0x84, 0x0C, 2, 4)));
        Assert.Equal(StatusWord.Ok, Send(chip, SecureMessaging.MacOnly(SessionOf(chip, CardKeys.Uk2Df03), 0x84, 0x0C, 2, 4)));
        Assert.Equal("FFFFFFFFFF", chip.Stored.Files["DF03/EF06"][0]);
    }

    [Theory]
    [InlineData("00A40000023F99", StatusWord.FileNotFound)]
    [InlineData("00A4040002DDF1", StatusWord.WrongParameters)]
    [InlineData("00B2010400", StatusWord.NoFileSelected)]
    [InlineData("00FF000000", StatusWord.InstructionNotSupported)]
    [InlineData("A0A4000002DDF1", StatusWord.ClassNotSupported)]
    [InlineData("805C000204", StatusWord.InstructionNotSupported)]
    [InlineData("00A400000F3F", StatusWord.WrongLength)]
    [InlineData("0084000004", StatusWord.WrongLength)]
    public void refuses_with_the_status_word_of_the_standard(string apdu, ushort sw)
    {
        using var chip = new Chip();
        Assert.Equal(sw, ResponseApdu.TryParse(chip.Card.Transmit(Convert.FromHexString(apdu)).Bytes)!.Sw);
    }

    [Fact]
    public void answers_whatever_bytes_it_is_sent()
    {
        using var chip = new Chip();
        var random = new Random(510700);
        byte[] instructions = [0xA4, 0x84, 0x82, 0x88, 0xB2, 0xB0, 0xDC, 0xD2, 0x0C, 0xD6, 0x50, 0x52, 0x54, 0x5A, 0x5C, 0xC0];
        byte[] classes = [0x00, 0x04, 0x80, 0x84];
        ushort[] files = [CardFiles.Mf, CardFiles.Ddf1, CardFiles.Df02, CardFiles.PurseAdf, 0xEF05, 0xEF07, 0xED01];
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(0, 40)];
            random.NextBytes(bytes);
            if (bytes.Length > 5 && round % 4 != 0) (bytes[0], bytes[1], bytes[4]) = (classes[random.Next(4)], instructions[random.Next(16)], (byte)(bytes.Length - 5));
            if (round % 5 == 0) Send(chip, Select(files[random.Next(files.Length)]));
            Assert.InRange(chip.Card.Transmit(bytes).Bytes.Length, 2, 258);
        }
        Assert.Equal(50_000, chip.Stored.Purse.BalanceFen);
    }

    private static byte[] SessionOf(Chip chip, CardKey key)
    {
        var challenge = ResponseApdu.TryParse(chip.Card.Transmit(new CommandApdu(0, 0x84, 0, 0, 8).ToBytes()).Bytes)!.Data;
        return CardCrypto.SessionKey(Convert.FromHexString(chip.Stored.Keys[key.Name].Value), challenge);
    }

    private static CommandApdu Select(ushort fid) => new(0, 0xA4, 0, 0, [(byte)(fid >> 8), (byte)fid]);

    private static ushort Send(Chip chip, CommandApdu command) => ResponseApdu.TryParse(chip.Card.Transmit(command.ToBytes()).Bytes)!.Sw;
}
