using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class The_purse
{
    private static readonly DateTime At = new(2026, 7, 28, 10, 15, 0);

    [Fact]
    public void is_debited_with_MAC1_MAC2_and_a_TAC_the_operator_can_verify()
    {
        using var chip = new Chip();
        var purse = chip.OpenPurse();
        var intent = purse.Initialise(1_500, At);
        var debited = Assert.IsType<DebitOutcome.Debited>(purse.Debit(intent));
        Assert.Equal(48_500, purse.Balance());
        var tacKey = PurseMacs.KeyOf(MasterKeys.TestPurse.Find(SamKey.Of(PurseKey.Tac))!, "510700", intent.PurseNo);
        Assert.Equal(Convert.ToHexString(Sm4.Mac4(tacKey, PurseMacs.TacData(1_500, "510700000001", intent.TermSeq, At))), debited.Tac);
        Assert.Equal(new PurseRecord(1, 1_500, PurseCommands.PurchaseType, "510700000001", "20260728101500"), PurseRecord.TryParse(Convert.FromHexString(chip.Stored.Purse.Records[0])));
    }

    [Fact]
    public void refuses_more_than_it_holds_before_anything_is_intended()
    {
        using var chip = new Chip(balanceFen: 100);
        Assert.Equal(StatusWord.BalanceTooLow, Assert.Throws<CardRefusedException>(() => chip.OpenPurse().Initialise(101, At)).Sw);
    }

    [Fact]
    public void refuses_a_terminal_that_does_not_know_its_key()
    {
        using var chip = new Chip();
        var purse = chip.OpenPurse();
        var intent = purse.Initialise(1_500, At);
        Assert.Equal(StatusWord.MacInvalid, Assert.IsType<DebitOutcome.Refused>(purse.Debit(intent with { AmountFen = 1 })).Sw);
        Assert.Equal(50_000, chip.Stored.Purse.BalanceFen);
    }

    [Fact]
    public void is_debited_only_directly_after_INIT()
    {
        using var chip = new Chip();
        var purse = chip.OpenPurse();
        var intent = purse.Initialise(1_500, At);
        purse.Balance();
        Assert.Equal(StatusWord.ConditionsNotSatisfied, Assert.IsType<DebitOutcome.Refused>(purse.Debit(intent)).Sw);
        intent = purse.Initialise(1_500, At);
        Assert.IsType<DebitOutcome.Debited>(purse.Debit(intent));
        Assert.IsNotType<DebitOutcome.Refused>(purse.Debit(intent));
        Assert.Equal(48_500, chip.Stored.Purse.BalanceFen);
    }

    [Fact]
    public void proves_nothing_for_a_sequence_it_never_debited()
    {
        using var chip = new Chip();
        var purse = chip.OpenPurse();
        Assert.IsType<ProofOutcome.NotCharged>(purse.Prove(purse.Initialise(1_500, At)));
    }

    [Fact]
    public void believes_no_MAC2_that_does_not_verify()
    {
        using var chip = new Chip();
        var purse = chip.OpenPurse();
        var intent = purse.Initialise(1_500, At);
        Assert.IsType<DebitOutcome.Debited>(purse.Debit(intent));
        Assert.IsType<ProofOutcome.Undecided>(chip.OpenPurse().Prove(intent with { Challenge = "00000000" }));
    }

    [Fact]
    public void is_loaded_by_the_operator_alone_and_up_to_its_limit()
    {
        using var chip = new Chip(balanceFen: 50_000);
        var load = PurseMacs.KeyOf(MasterKeys.TestPurse.Find(SamKey.Of(PurseKey.Load))!, "510700", "5107000012345678");
        Assert.Equal(StatusWord.Ok, Load(chip, load, 20_000, out var tac));
        Assert.Equal(4, tac.Length);
        Assert.Equal(70_000, chip.Stored.Purse.BalanceFen);
        Assert.Equal(StatusWord.MacInvalid, Load(chip, new byte[16], 20_000, out _));
        Assert.Equal(StatusWord.ConditionsNotSatisfied, Load(chip, load, 30_001, out _));
        Assert.Equal(70_000, chip.Stored.Purse.BalanceFen);
    }

    [Fact]
    public void of_the_desk_holds_no_load_key_and_no_TAC_key()
    {
        using var chip = new Chip();
        Assert.Throws<SamKeyMissingException>(() => chip.PurseSam.Derive(SamKey.Of(PurseKey.Load)));
        Assert.Throws<SamKeyMissingException>(() => chip.PurseSam.Derive(SamKey.Of(PurseKey.Tac)));
        Assert.Throws<SamKeyMissingException>(() => chip.HealthSam.Derive(SamKey.Of(CardKeys.LkDf01)));
    }

    private static ushort Load(Chip chip, byte[] key, long fen, out byte[] tac)
    {
        tac = [];
        Transmit(chip, new CommandApdu(0, 0xA4, 0, 0, [0x3F, 0x01]));
        var answer = Transmit(chip, PurseCommands.InitForLoad(fen, "510700000009"));
        if (!answer.IsOk) return answer.Sw;
        var init = LoadInit.TryParse(answer.Data)!;
        var session = CardCrypto.Diversify(key, PurseMacs.LoadFactor(init.Challenge, init.CardSeq));
        var credit = Transmit(chip, PurseCommands.CreditForLoad(At, Sm4.Mac4(session, PurseMacs.LoadMac2Data(fen, "510700000009", At))));
        tac = credit.Data;
        return credit.Sw;
    }

    private static ResponseApdu Transmit(Chip chip, CommandApdu command) => ResponseApdu.TryParse(chip.Card.Transmit(command.ToBytes()).Bytes)!;
}
