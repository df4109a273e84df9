using System.Security.Cryptography;

namespace Health.Cards;

/// <summary>
/// A chip of profile MY-HC/1 in software. What a command changes is persisted before its answer is given: a kill or a tear leaves the
/// command done or not done, nothing between. Not thread-safe: a reader talks to a chip one command at a time.
/// </summary>
/// <param name="image">The chip's memory; owned by the card from here on.</param>
/// <param name="persist">Called with the changed memory before the answer.</param>
/// <param name="random">Source of challenges.</param>
/// <param name="form">How protected updates are packed; null for the profile's form.</param>
/// <param name="clock">Measures <see cref="ApduDelay"/>; null for the system's clock.</param>
public sealed class VirtualCard(CardImage image, Action<CardImage> persist, RandomNumberGenerator random, SecureMessagingForm? form = null, TimeProvider? clock = null)
{
    private VirtualSession session = new(image, random, form ?? SecureMessagingForm.Profile);
    private int skipped;

    public byte[] Atr => image.AtrBytes;
    public string ChipSerial => image.ChipSerial;
    public long BalanceFen => image.Purse.BalanceFen;

    /// <summary>Real cards differ here: the answer of SELECT DDF1 may be 61xx.</summary>
    public bool SelectAnswersMore { get; set; }

    /// <summary>What a real chip takes for a command, 15 ms say; zero answers at once.</summary>
    public TimeSpan ApduDelay { get; set; }

    /// <summary>The next tear, or null. Setting it starts counting anew.</summary>
    public TearPlan? Tear
    {
        get;
        set
        {
            field = value;
            skipped = 0;
        }
    }

    /// <summary>Power on or warm reset: security states, selection, challenges are gone; memory stays.</summary>
    public void Reset() => session = new VirtualSession(image, random, form ?? SecureMessagingForm.Profile) { SelectAnswersMore = SelectAnswersMore };

    public CardAnswer Transmit(ReadOnlySpan<byte> bytes)
    {
        var command = CommandApdu.TryParse(bytes);
        var tear = Meets(command);
        Take(ApduDelay);
        if (tear?.Point == TearPoint.BeforeExecution) return Torn([]);
        session.SelectAnswersMore = SelectAnswersMore;
        session.WriteOnly = tear?.Point == TearPoint.DuringWrite ? tear.AnswerBytes : null;
        var answer = command is null ? ResponseApdu.Status(StatusWord.WrongLength) : session.Execute(command);
        if (session.TakeChanged()) persist(image);
        var whole = answer.ToBytes();
        return tear is null ? new CardAnswer(whole, false) : Torn(whole[..Math.Min(tear.Point == TearPoint.DuringAnswer ? tear.AnswerBytes : 0, whole.Length)]);
    }

    private void Take(TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero) return;
        using var over = new ManualResetEventSlim();
        using var timer = (clock ?? TimeProvider.System).CreateTimer(_ => over.Set(), null, delay, Timeout.InfiniteTimeSpan);
        over.Wait();
    }

    private TearPlan? Meets(CommandApdu? command)
    {
        if (Tear is not { } plan || command is null || (plan.Instruction is { } ins && ins != command.Ins)) return null;
        return skipped++ < plan.Skip ? null : plan;
    }

    private CardAnswer Torn(byte[] arrived)
    {
        Tear = null;
        Reset();
        return new CardAnswer(arrived, true);
    }
}
