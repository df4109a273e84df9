using Health.CardAgent.Platform;
using Health.Cards;

namespace Health.CardAgent.Desk;

/// <summary>A card in the reader: open debits first, then who it is, then what the platform knows about it.</summary>
public sealed class Tapping(DeskCards cards, DebitProofs proofs, OutcomeReporter reporter, Settling settling, Bridge bridge, DeskFeed feed, AgentSettings settings, ILogger<Tapping> log)
{
    // A reader that lost the card in the middle of a dialogue is opened anew; a card that failed to prove itself is not asked again, for that
    // would use up its attempts.
    private const int Attempts = 3;
    private bool adopted;

    /// <summary>Whether the card in the reader was lost by the reader and may be read at a second try.</summary>
    public bool Lost { get; private set; }

    /// <summary>The card a visit may be registered with; null when it is unknown to the platform, blocked, or none was read.</summary>
    public KnownCard? Known { get; private set; }

    /// <summary>A genuine card the platform could not be asked about; null otherwise.</summary>
    public CardReading? Unjudged { get; private set; }

    public async Task Tap(CancellationToken ct)
    {
        (Known, Unjudged, Lost) = (null, null, false);
        feed.Change(view => view with { Card = new CardView("reading"), Message = null });
        CardReading reading;
        try
        {
            reading = ReadAnew();
        }
        catch (Exception failure) when (DeskCards.IsCardFailure(failure))
        {
            Lost = IsLost(failure);
            log.LogWarning("The card in {Reader} was not read: {Reason}", cards.Transport.Reader, failure.Message);
            var why = Payment.CardRefusal(failure);
            feed.Change(view => view with { Card = new CardView("problem"), Message = DeskMessage.Error(why.Zh, why.En) });
            return;
        }
        var shown = Card(reading);
        feed.Change(view => view with { Card = shown });
        await Consequences(ct);
        var answer = await bridge.Tap(Body(reading), ct);
        feed.Change(view => view with { Card = Judged(shown with { Present = view.Card?.Present ?? false }, reading, answer), Message = Told(answer) ?? view.Message });
    }

    /// <summary>Reports what was proved, and settles what waited for it.</summary>
    public async Task Consequences(CancellationToken ct)
    {
        adopted = adopted || await reporter.Adopt(ct);
        settling.Follow();
        if (await reporter.Report(ct)) await settling.SettlePaid(ct);
        settling.Count();
    }

    public void Removed()
    {
        Lost = false;
        feed.Change(view => view with { Card = view.Card is { State: not ("reading" or "problem") } card ? card with { Present = false } : null });
    }

    private static bool IsLost(Exception failure) => failure is CardLostException or CardRefusedException { Sw: null };

    private CardReading ReadAnew()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return Read();
            }
            catch (Exception failure) when (IsLost(failure) && attempt < Attempts)
            {
                log.LogInformation("Opening the reader anew: {Reason}", failure.Message);
            }
        }
    }

    private CardReading Read()
    {
        var session = cards.Open(out var connection);
        using (connection)
        {
            if (CardAtr.CardFactor(connection.Atr) is { } factor) proofs.Prove(session, Convert.ToHexString(factor));
            // Proving moved the selection to the purse and counted its own APDUs: the dialogue starts anew.
            return cards.Read(session.Channel.Count == 0 ? session : cards.Again(connection));
        }
    }

    private CardView Judged(CardView card, CardReading reading, PlatformAnswer<TapAnswer> answer)
    {
        if (answer.IsUnreachable) Unjudged = reading;
        if (answer.Value is not { } known) return card with { State = answer.IsUnreachable ? "offline" : "problem" };
        // Only "active" is served: a list that cannot be read blocks, it does not let through.
        var state = known switch { { CardState: "active", ResidentId: not null } => "identified", { CardState: "blocked" } => "blocked", _ => "unknown" };
        if (state == "identified") Known = new KnownCard(reading.Identity.CardNo, reading.Identity.ChipSerial, known.ResidentId!, reading.Holder.Name, known.Bound ? known.PurseNo : null);
        return card with { State = state, ResidentId = known.ResidentId, Bound = known.Bound };
    }

    private DeskMessage? Told(PlatformAnswer<TapAnswer> answer) => answer.Value switch
    {
        null when answer.IsUnreachable && settings.OfflineAllowed => DeskMessage.Warning("平台未连接，卡片未核对，可离线挂号", "The platform is away: this card was not checked; the desk works alone"),
        { CardState: "active", PurseState: "cannot-tell" } => DeskMessage.Warning("城市卡黑名单暂不可用，不能刷卡支付", "The city-card blacklist cannot be had: no payment by card now"),
        { CardState: "active", PurseState: "blocked" } => DeskMessage.Warning("电子钱包已停用，请改用其他支付方式", "The purse is blocked: use another tender"),
        { CardState: "active" } => null,
        { Reason: "lost" } => DeskMessage.Error("卡片已挂失", "The card is reported lost"),
        { Reason: "expired" } => DeskMessage.Error("卡片已过有效期", "The card has expired"),
        { Reason: "replaced" } => DeskMessage.Error("此卡已补换，请用新卡", "The card was replaced: use the new one"),
        { Reason: "mismatch" } => DeskMessage.Error("卡内信息与登记不符，请走人工窗口", "Card and register disagree"),
        { CardState: "blocked" } => DeskMessage.Error("卡片已停用，不能使用", "The card is blocked"),
        not null => DeskMessage.Warning("平台不认识此卡，请走人工窗口", "The platform does not know this card"),
        null => DeskRefusal.Of(answer) is var why ? DeskMessage.Error(why.Zh, why.En) : null,
    };

    private static CardView Card(CardReading reading) => new("offline")
    {
        Name = reading.Holder.Name,
        MaskedName = Masking.Name(reading.Holder.Name),
        MaskedIdNumber = Masking.Number(reading.Holder.IdNumber),
        IdNumber = reading.Holder.IdNumber,
        Sex = Sex(reading.Holder.Sex),
        BirthDate = reading.Holder.BirthDate,
        ChipSerial = reading.Identity.ChipSerial,
        PurseNo = reading.PurseNo,
        BalanceFen = reading.BalanceFen,
        Apdus = reading.Apdus,
        ReadMilliseconds = Math.Round(reading.Took.TotalMilliseconds, 2),
    };

    private TapBody Body(CardReading reading) => new(
        settings.DeskId, settings.TerminalNo, reading.Identity.CardNo, reading.Identity.ChipSerial, reading.Identity.CityCode,
        new Dictionary<string, string> { ["8"] = reading.Identity.CardNo, ["10"] = reading.Identity.IssuingSerial, ["57"] = reading.Identity.CityCode },
        new HolderBody(reading.Holder.Name, reading.Holder.IdNumber, Sex(reading.Holder.Sex), reading.Holder.BirthDate));

    // GB/T 2261.1 to FHIR administrative gender.
    internal static string Sex(string code) => code switch { "01" => "male", "02" => "female", _ => "unknown" };
}

/// <summary>What registering needs of the tapped card; stays in memory.</summary>
public sealed record KnownCard(string CardNo, string ChipSerial, string ResidentId, string Name, string? PurseNo)
{
    public override string ToString() => $"KnownCard {ChipSerial}";
}
