using System.Globalization;
using Health.Cards;

namespace Health.UnitTests.Cards;

/// <summary>圈存 with the operator's codes made by the test, and the card pulled at each point and byte of CREDIT FOR LOAD.</summary>
public sealed class A_load_that_is_torn : IDisposable
{
    private const string LocalTime = "20260728101500";
    private readonly Chip chip = new();

    [Fact]
    public void but_is_not_torn_gives_the_TAC_of_the_new_balance()
    {
        var (session, intent) = Begin(2_000);
        var loaded = Assert.IsType<LoadOutcome.Loaded>(session.Credit(intent, LocalTime, Mac2(intent)));
        Assert.Equal(52_000, chip.Card.BalanceFen);
        Assert.Equal(Tac(intent), loaded.Tac);
    }

    public static TheoryData<TearPoint, int> Tears
    {
        get
        {
            TheoryData<TearPoint, int> tears = new() { { TearPoint.BeforeExecution, 0 }, { TearPoint.AfterExecution, 0 } };
            for (var bytes = 0; bytes < 6; bytes++) tears.Add(TearPoint.DuringAnswer, bytes);
            return tears;
        }
    }

    [Theory]
    [MemberData(nameof(Tears))]
    public void is_unknown_and_then_decided_by_the_card(TearPoint point, int bytes)
    {
        var (session, intent) = Begin(2_000);
        chip.Card.Tear = new TearPlan(point, PurseCommands.LoadInstruction, 0, bytes);
        Assert.IsType<LoadOutcome.Unknown>(session.Credit(intent, LocalTime, Mac2(intent)));
        chip.Restart();
        var decided = Purse().Prove(intent);
        if (point == TearPoint.BeforeExecution) Assert.IsType<LoadOutcome.NotLoaded>(decided);
        else Assert.Equal(Tac(intent), Assert.IsType<LoadOutcome.Loaded>(decided).Tac);
        Assert.Equal(point == TearPoint.BeforeExecution ? 50_000 : 52_000, chip.Stored.Purse.BalanceFen);
    }

    [Fact]
    public void is_proved_by_the_cards_record_when_a_payment_came_after_it()
    {
        var (session, intent) = Begin(2_000);
        chip.Card.Tear = new TearPlan(TearPoint.AfterExecution, PurseCommands.LoadInstruction);
        session.Credit(intent, LocalTime, Mac2(intent));
        chip.Restart();
        var purse = chip.OpenPurse();
        Assert.IsType<DebitOutcome.Debited>(purse.Debit(purse.Initialise(100, new DateTime(2026, 7, 28, 10, 16, 0))));
        Assert.Null(Assert.IsType<LoadOutcome.Loaded>(Purse().Prove(intent)).Tac);
    }

    [Fact]
    public void and_retried_with_the_operators_old_code_loads_nothing()
    {
        var (session, intent) = Begin(2_000);
        var mac2 = Mac2(intent);
        Assert.IsType<LoadOutcome.Loaded>(session.Credit(intent, LocalTime, mac2));
        var (again, second) = Begin(2_000);
        // The replayed code belongs to another challenge and sequence.
        Assert.IsType<LoadOutcome.NotLoaded>(again.Credit(second, LocalTime, mac2));
        Assert.Equal(52_000, chip.Card.BalanceFen);
    }

    [Fact]
    public void and_forged_loads_nothing()
    {
        var (session, intent) = Begin(2_000);
        Assert.IsType<LoadOutcome.NotLoaded>(session.Credit(intent, LocalTime, "00000000"));
        Assert.Equal(50_000, chip.Card.BalanceFen);
    }

    [Fact]
    public void above_the_highest_balance_is_refused_by_the_card() => Assert.Throws<CardRefusedException>(() => Begin(60_000));

    public void Dispose() => chip.Dispose();

    private (LoadSession Session, LoadIntent Intent) Begin(long fen)
    {
        var session = Purse();
        return (session, session.Initialise(fen));
    }

    private LoadSession Purse()
    {
        var session = chip.Session();
        var identity = session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        var purse = new PurseSession(session.Channel, chip.PurseSam, identity.ChipSerial, identity.CityCode);
        purse.Open();
        return new LoadSession(purse, session.Channel, identity.ChipSerial, "510700000001");
    }

    private static string Mac2(LoadIntent intent)
    {
        var key = PurseMacs.KeyOf(MasterKeys.TestPurse.Find(SamKey.Of(PurseKey.Load))!, "510700", intent.PurseNo);
        var session = CardCrypto.Diversify(key, PurseMacs.LoadFactor(Convert.FromHexString(intent.Challenge), intent.CardSeq));
        return Convert.ToHexString(Sm4.Mac4(session, PurseMacs.LoadMac2Data(intent.AmountFen, intent.TerminalNo, Local)));
    }

    private static string Tac(LoadIntent intent)
    {
        var key = PurseMacs.KeyOf(MasterKeys.TestPurse.Find(SamKey.Of(PurseKey.Tac))!, "510700", intent.PurseNo);
        return Convert.ToHexString(Sm4.Mac4(key, PurseMacs.LoadTacData(intent.BalanceFen + intent.AmountFen, intent.CardSeq, intent.AmountFen, intent.TerminalNo, Local)));
    }

    private static DateTime Local => DateTime.ParseExact(LocalTime, "yyyyMMddHHmmss", CultureInfo.InvariantCulture);
}
