using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Health.CardBridge.Payers;
using Health.CardBridge.Settlements;

namespace Health.CardBridge.Bindings;

/// <summary>The city-card company: purses, verification of debits, refunds, blacklist. Every call may be repeated.</summary>
public sealed class CityCardOperator(HttpClient http)
{
    private sealed record Binding(string PurseNo);

    private sealed record Verdict(string Key, string Result, string? Reason);

    public sealed record BlockedPurses(int Version, DateTimeOffset IssuedAt, IReadOnlyList<string> Purses);

    /// <summary>The number of the purse on the chip; a new purse when none is named.</summary>
    /// <param name="cardId">The platform's id of the card: the operator is not told the number.</param>
    public Task<PayerAnswer<string>> Bind(string cardId, string chipSerial, string? purseNo, CancellationToken ct) =>
        Ask<Binding, string>(HttpMethod.Post, "bindings", new { healthCard = cardId, chipSerial, purseNo }, body => new PayerAnswer<string>.Accepted(body.PurseNo), ct);

    /// <summary>Tells a debit; the operator verifies its TAC. A repeat is accepted.</summary>
    public Task<PayerAnswer<Done>> Tell(PurseDebit debit, string purseNo, string tac, CancellationToken ct)
    {
        var transaction = new
        {
            purseNo, debit.ChipSerial, debit.CardSeq, debit.TerminalNo, debit.TermSeq, debit.AmountFen, type = "06", date = debit.LocalTime[..8], time = debit.LocalTime[8..], tac,
        };
        return Ask<Verdict[], Done>(HttpMethod.Post, "transactions", new[] { transaction }, verdicts => verdicts switch
        {
            [{ Result: "accepted" or "duplicate" }] => new PayerAnswer<Done>.Accepted(Done.It),
            [{ Result: "rejected", Reason: var reason }] => new PayerAnswer<Done>.Refused(reason ?? "rejected"),
            _ => new PayerAnswer<Done>.Unknown("transactions: one verdict was expected"),
        }, ct);
    }

    public Task<PayerAnswer<Done>> Refund(string refundId, string purseNo, long amountFen, string originalKey, CancellationToken ct) =>
        Ask<JsonElement, Done>(HttpMethod.Post, "refunds", new { refundId, purseNo, amountFen, originalKey }, _ => new PayerAnswer<Done>.Accepted(Done.It), ct);

    /// <summary>A purse whose card was reported lost, locked or cancelled, or is good again.</summary>
    public Task<PayerAnswer<Done>> Block(string purseNo, bool blocked, CancellationToken ct) =>
        Ask<JsonElement, Done>(HttpMethod.Post, "blacklist", new { purseNo, blocked }, _ => new PayerAnswer<Done>.Accepted(Done.It), ct);

    public Task<PayerAnswer<BlockedPurses>> Blacklist(CancellationToken ct) =>
        Ask<BlockedPurses, BlockedPurses>(HttpMethod.Get, "blacklist", null, body => new PayerAnswer<BlockedPurses>.Accepted(body), ct);

    private async Task<PayerAnswer<T>> Ask<TBody, T>(HttpMethod method, string path, object? body, Func<TBody, PayerAnswer<T>> read, CancellationToken ct)
    {
        try
        {
            // As at the insurer: no reused connection, or the handler may send a message twice by itself.
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body), Headers = { ConnectionClose = true } };
            using var response = await http.SendAsync(request, ct);
            if (response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.BadRequest) return new PayerAnswer<T>.Refused($"{path}: {await response.Content.ReadAsStringAsync(ct)}");
            if (!response.IsSuccessStatusCode) return new PayerAnswer<T>.Unknown($"{path}: HTTP {(int)response.StatusCode}");
            return await response.Content.ReadFromJsonAsync<TBody>(ct) is { } answer ? read(answer) : new PayerAnswer<T>.Unknown($"{path}: empty answer");
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or IOException || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return new PayerAnswer<T>.Unknown($"{path}: {failure.GetType().Name}");
        }
    }
}
