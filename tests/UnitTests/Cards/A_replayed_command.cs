using Health.Cards;

namespace Health.UnitTests.Cards;

/// <summary>Somebody records the wire between reader and chip and sends it again.</summary>
public sealed class A_replayed_command : IDisposable
{
    private readonly Chip chip = new();

    [Fact]
    public void of_the_debit_is_refused_and_takes_nothing()
    {
        var recorded = new Recorder(chip.Slot.Connect());
        Pay(recorded, 1_500);
        Assert.Equal(48_500, chip.Card.BalanceFen);
        var debit = recorded.Commands.Single(command => command[1] == PurseCommands.DebitInstruction);
        using var again = chip.Slot.Connect();
        // The bare command, and the whole recorded dialogue with a fresh INIT: MAC1 belongs to the old challenge and sequence.
        Assert.Equal(StatusWord.ConditionsNotSatisfied, Sw(again.Transmit(new CommandApdu(0x00, 0xA4, 0x00, 0x00, [0x3F, 0x01]).ToBytes()), again.Transmit(debit)));
        foreach (var command in recorded.Commands) again.Transmit(command);
        var init = recorded.Commands.Single(command => command[1] == PurseCommands.InitInstruction);
        Assert.Equal(StatusWord.MacInvalid, Sw(again.Transmit(init), again.Transmit(debit)));
        Assert.Equal(48_500, chip.Card.BalanceFen);
    }

    [Fact]
    public void of_an_authentication_gives_no_right()
    {
        var recorded = new Recorder(chip.Slot.Connect());
        var session = new HealthCardSession(recorded, chip.HealthSam, System.Security.Cryptography.RandomNumberGenerator.Create());
        session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        session.ReadHolder();
        using var again = chip.Slot.Connect();
        var answers = recorded.Commands.Select(command => (Command: command, Sw: Sw(again.Transmit(command)))).ToList();
        Assert.Equal(0x63C2, answers.Single(answer => answer.Command[1] == 0x82).Sw);
        Assert.All(answers.Where(answer => answer.Command[1] == 0xB2 && answer.Command[3] == 0x04), answer => Assert.Equal(StatusWord.SecurityNotSatisfied, answer.Sw));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void with_an_altered_amount_is_refused(int position)
    {
        var slot = chip.Slot.Connect();
        var tampered = new Tampering(slot, PurseCommands.InitInstruction, 6 + position);
        Assert.ThrowsAny<Exception>(() => Debited(tampered));
        Assert.Equal(50_000, chip.Card.BalanceFen);
    }

    public void Dispose() => chip.Dispose();

    private void Debited(ICardConnection connection)
    {
        if (Pay(connection, 1_500) is not DebitOutcome.Debited) throw new InvalidOperationException("not debited");
    }

    private DebitOutcome Pay(ICardConnection connection, long fen)
    {
        var session = new HealthCardSession(connection, chip.HealthSam, System.Security.Cryptography.RandomNumberGenerator.Create());
        var identity = session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        var purse = new PurseSession(session.Channel, chip.PurseSam, identity.ChipSerial, identity.CityCode);
        purse.Open();
        return purse.Debit(purse.Initialise(fen, new DateTime(2026, 7, 28, 10, 15, 0)));
    }

    private static ushort Sw(params byte[][] answers) => (ushort)(answers[^1][^2] << 8 | answers[^1][^1]);

    private sealed class Recorder(ICardConnection inner) : ICardConnection
    {
        public List<byte[]> Commands { get; } = [];
        public byte[] Atr => inner.Atr;

        public byte[] Transmit(ReadOnlySpan<byte> command)
        {
            Commands.Add(command.ToArray());
            return inner.Transmit(command);
        }

        public void Dispose() => inner.Dispose();
    }

    private sealed class Tampering(ICardConnection inner, byte instruction, int at) : ICardConnection
    {
        public byte[] Atr => inner.Atr;

        public byte[] Transmit(ReadOnlySpan<byte> command)
        {
            var bytes = command.ToArray();
            if (bytes[1] == instruction) bytes[at] ^= 0x01;
            return inner.Transmit(bytes);
        }

        public void Dispose() => inner.Dispose();
    }
}
