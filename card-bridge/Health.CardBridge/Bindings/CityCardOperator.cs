using System.Text.Json;
using Health.CardBridge.Loads;
using Health.CardBridge.Payers;
using Health.CardBridge.Settlements;

namespace Health.CardBridge.Bindings;

/// <summary>The operator's right to one load. Date yyyyMMdd and time HHmmss are under MAC2 (8 hexadecimal digits).</summary>
public sealed record LoadRight(string Date, string Time, string Mac2)
{
    public override string ToString() => "LoadRight";
}

/// <summary>The city-card company: purses, verification of debits, refunds, blacklist. Every call may be repeated.</summary>
public sealed class CityCardOperator(HttpClient http)
{
    private readonly JsonExchange exchange = new(http);

    private sealed record Binding(string PurseNo);

    private sealed record Verdict(string Key, string Result, string? Reason);

    public sealed record BlockedPurses(int Version, DateTimeOffset IssuedAt, IReadOnlyList<string> Purses);

    /// <summary>The number of the purse on the chip; a new purse when none is named.</summary>
    /// <param name="cardId">The platform's id of the card: the operator is not told the number.</param>
    public Task<PayerAnswer<string>> Bind(string cardId, string chipSerial, string? purseNo, CancellationToken ct) =>
        exchange.Ask<Binding, string>(HttpMethod.Post, "bindings", new { healthCard = cardId, chipSerial, purseNo }, body => new PayerAnswer<string>.Accepted(body.PurseNo), ct);

    /// <summary>Tells a debit; the operator verifies its TAC. A repeat is accepted.</summary>
    public Task<PayerAnswer<Done>> Tell(PurseDebit debit, string purseNo, string tac, CancellationToken ct)
    {
        var transaction = new
        {
            purseNo, debit.ChipSerial, debit.CardSeq, debit.TerminalNo, debit.TermSeq, debit.AmountFen, type = "06", date = debit.LocalTime[..8], time = debit.LocalTime[8..], tac,
        };
        return exchange.Ask<Verdict[], Done>(HttpMethod.Post, "transactions", new[] { transaction }, verdicts => verdicts switch
        {
            [{ Result: "accepted" or "duplicate" }] => new PayerAnswer<Done>.Accepted(Done.It),
            [{ Result: "rejected", Reason: var reason }] => new PayerAnswer<Done>.Refused(reason ?? "rejected"),
            _ => new PayerAnswer<Done>.Unknown("transactions: one verdict was expected"),
        }, ct);
    }

    public Task<PayerAnswer<Done>> Refund(string refundId, string purseNo, long amountFen, string originalKey, CancellationToken ct) =>
        exchange.Ask<JsonElement, Done>(HttpMethod.Post, "refunds", new { refundId, purseNo, amountFen, originalKey }, _ => new PayerAnswer<Done>.Accepted(Done.It), ct);

    /// <summary>The right to load a purse: the operator checks the card's MAC1, takes the money from the purse's account, and gives MAC2. A repeat gives the same.</summary>
    public Task<PayerAnswer<LoadRight>> AuthoriseLoad(LoadRequested load, string purseNo, CancellationToken ct) => exchange.Ask<LoadRight, LoadRight>(
        HttpMethod.Post, "loads", new { load.LoadId, purseNo, load.ChipSerial, load.AmountFen, load.BalanceFen, load.CardSeq, load.TerminalNo, load.Challenge, load.Mac1 },
        right => right is { Date.Length: 8, Time.Length: 6, Mac2.Length: 8 } ? new PayerAnswer<LoadRight>.Accepted(right) : new PayerAnswer<LoadRight>.Unknown("loads: no right in the answer"), ct);

    /// <summary>What the card says became of it; the operator verifies the TAC, or gives the money back to the account.</summary>
    public Task<PayerAnswer<Done>> DecideLoad(string loadId, bool loaded, string? tac, CancellationToken ct) => exchange.Ask<JsonElement, Done>(
        HttpMethod.Post, $"loads/{Uri.EscapeDataString(loadId)}/outcome", new { outcome = loaded ? "loaded" : "not-loaded", tac }, _ => new PayerAnswer<Done>.Accepted(Done.It), ct);

    /// <summary>A purse whose card was reported lost, locked or cancelled, or is good again.</summary>
    public Task<PayerAnswer<Done>> Block(string purseNo, bool blocked, CancellationToken ct) =>
        exchange.Ask<JsonElement, Done>(HttpMethod.Post, "blacklist", new { purseNo, blocked }, _ => new PayerAnswer<Done>.Accepted(Done.It), ct);

    public Task<PayerAnswer<BlockedPurses>> Blacklist(CancellationToken ct) =>
        exchange.Ask<BlockedPurses, BlockedPurses>(HttpMethod.Get, "blacklist", null, body => new PayerAnswer<BlockedPurses>.Accepted(body), ct);
}
