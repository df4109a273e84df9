using Health.CardAgent.Desk;
using Health.CardAgent.Platform;
using Health.Cards;

namespace Health.CardAgent.Loads;

/// <summary>
/// Loading a purse (圈存): INIT FOR LOAD on the card, the right and MAC2 from the operator through the bridge, CREDIT FOR LOAD, TAC back. A load that was torn is decided by the
/// card and by nobody else; its money is at the operator until then.
/// </summary>
public sealed class Loading(DeskCards cards, LoadStore store, Bridge bridge, DeskFeed feed, ILogger<Loading> log)
{
    public const long MaxAmountFen = 50_000;
    private const int Asks = 3;

    public async Task<DeskRefusal?> Load(long amountFen, CancellationToken ct)
    {
        if (amountFen is <= 0 or > MaxAmountFen) return new DeskRefusal(400, "圈存金额应为 0.01 至 500 元", "An amount is 0.01 to 500 yuan");
        if (await Follow(ct) is { } unfinished) return unfinished;
        ICardConnection? connection = null;
        try
        {
            var session = Begin(null, out connection);
            var load = store.Keep(new OpenLoad(store.NewId(), session.Initialise(amountFen), false, null, null));
            var right = await Ask(load, ct);
            if (right.Value is not { State: "authorised", LocalTime: { } time, Mac2: { } mac2 }) return await GiveUp(load, right, ct);
            load = store.Keep(load with { IsSent = true });
            return await Decided(load, session.Credit(load.Intent, time, mac2), ct);
        }
        catch (Exception failure) when (DeskCards.IsCardFailure(failure))
        {
            return Payment.CardRefusal(failure);
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <summary>Finishes what is open: a card that is there is asked, what is decided is reported. Null when nothing is open any more.</summary>
    public async Task<DeskRefusal?> Follow(CancellationToken ct)
    {
        if (store.Open is not { } load) return null;
        if (load.Outcome is null && !load.IsSent) load = store.Keep(load with { Outcome = "not-loaded" });
        if (load.Outcome is null && Proved(load) is { } outcome) return await Decided(load, outcome, ct);
        return load.Outcome is null
            ? DeskRefusal.Conflict("上一笔圈存结果未知，请放回原卡核实", "The last load is undecided: put the same card back")
            : await Report(load, ct);
    }

    private LoadOutcome? Proved(OpenLoad load)
    {
        ICardConnection? connection = null;
        try
        {
            return Begin(load.Intent.ChipSerial, out connection).Prove(load.Intent);
        }
        catch (Exception failure) when (DeskCards.IsCardFailure(failure))
        {
            log.LogInformation("Load {LoadId} is still undecided: {Reason}", load.LoadId, failure.Message);
            return null;
        }
        finally
        {
            connection?.Dispose();
        }
    }

    // Money needs mutual authentication: a forged card must not say that nothing was loaded.
    private LoadSession Begin(string? expectedChip, out ICardConnection connection)
    {
        var session = cards.Open(out connection);
        if (expectedChip is not null && CardAtr.CardFactor(connection.Atr) is var factor && (factor is null || Convert.ToHexString(factor) != expectedChip)) throw new CardLostException("Another card is in the reader.");
        var identity = session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        var purse = cards.Purse(session);
        purse.Open();
        return new LoadSession(purse, session.Channel, identity.ChipSerial, cards.TerminalNo);
    }

    // The challenge lives as long as the card is powered, so the operator is asked again at once when its answer was lost.
    private async Task<PlatformAnswer<LoadAnswer>> Ask(OpenLoad load, CancellationToken ct)
    {
        var intent = load.Intent;
        var body = new LoadBody(load.LoadId, intent.ChipSerial, intent.PurseNo, intent.AmountFen, intent.TerminalNo, intent.BalanceFen, intent.CardSeq, intent.KeyVersion, intent.Algorithm, intent.Challenge, intent.Mac1);
        var answer = await bridge.RequestLoad(body, ct);
        for (var asks = 1; asks < Asks && (answer.IsUnreachable || answer.Value?.State == "requested"); asks++) answer = await bridge.RequestLoad(body, ct);
        return answer;
    }

    // CREDIT was never sent: whatever the operator thinks, the card has nothing.
    private async Task<DeskRefusal?> GiveUp(OpenLoad load, PlatformAnswer<LoadAnswer> right, CancellationToken ct)
    {
        await Report(store.Keep(load with { Outcome = "not-loaded" }), ct);
        return right.Value is { State: "refused", Reason: var reason } ? DeskRefusal.Conflict($"运营方拒绝圈存：{reason}", $"The operator refused the load: {reason}")
            : right.Value is not null ? DeskRefusal.Conflict("运营方没有答复，未圈存", "The operator did not answer: nothing was loaded")
            : DeskRefusal.Of(right);
    }

    private async Task<DeskRefusal?> Decided(OpenLoad load, LoadOutcome outcome, CancellationToken ct)
    {
        switch (outcome)
        {
            case LoadOutcome.Loaded loaded:
                load = store.Keep(load with { Outcome = "loaded", Tac = loaded.Tac });
                feed.Change(view => view with { Card = view.Card is { } card && card.ChipSerial == load.Intent.ChipSerial ? card with { BalanceFen = load.Intent.BalanceFen + load.Intent.AmountFen } : view.Card });
                return await Report(load, ct);
            case LoadOutcome.NotLoaded not:
                log.LogInformation("Load {LoadId} did not happen: {Reason}", load.LoadId, not.Reason);
                await Report(store.Keep(load with { Outcome = "not-loaded" }), ct);
                return DeskRefusal.Conflict("未圈存，请重试", "Nothing was loaded: try again");
            default:
                return DeskRefusal.Conflict("圈存结果未知，请放回原卡核实", "The load is undecided: put the same card back");
        }
    }

    private async Task<DeskRefusal?> Report(OpenLoad load, CancellationToken ct)
    {
        var answer = await bridge.ReportLoad(load.LoadId, new LoadOutcomeBody(load.Outcome!, load.Tac), ct);
        if (answer.IsUnreachable || answer.Status is 401 or 403 or 429)
            return load.Outcome == "loaded" ? new DeskRefusal(503, "已圈存，平台恢复后自动上报", "Loaded; it is reported when the platform is back") : DeskRefusal.Of(answer);
        // The bridge never heard of a load that was given up before it was asked: both agree.
        if (!answer.IsOk && !(load.Outcome == "not-loaded" && answer.Status == 404))
        {
            log.LogError("The platform answered {Status} to the outcome {Outcome} of load {LoadId}: a person must look", answer.Status, load.Outcome, load.LoadId);
            return DeskRefusal.Of(answer);
        }
        store.Finish();
        return null;
    }
}
