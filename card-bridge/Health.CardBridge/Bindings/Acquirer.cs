using Health.CardBridge.Payers;
using Health.CardBridge.Settlements;

namespace Health.CardBridge.Bindings;

/// <summary>What the acquirer says of an order. <c>paid</c>, <c>paying</c>, <c>failed</c>, <c>closed</c> (it will never be paid), <c>unknown</c> (it never saw it).</summary>
public sealed record TenderOrder(string State, string? Reference)
{
    public bool IsPaid => State == "paid" && Reference is { Length: > 0 };
}

/// <summary>
/// The acquirer of bank and mobile payments: an order is paid by the code the payer shows, asked after, closed and given back by our own number
/// alone. Every call may be repeated.
/// </summary>
public sealed class Acquirer(HttpClient http)
{
    private readonly JsonExchange exchange = new(http);

    public Task<PayerAnswer<TenderOrder>> Pay(string orderNo, TenderKind kind, long amountFen, string authCode, CancellationToken ct) =>
        Order(HttpMethod.Post, "orders", new { orderNo, channel = kind.Text(), amountFen, authCode }, ct);

    public Task<PayerAnswer<TenderOrder>> Query(string orderNo, CancellationToken ct) => Order(HttpMethod.Get, $"orders/{orderNo}", null, ct);

    /// <summary>After a yes the order is <c>closed</c> and no payment that is still on its way counts any more, or it was <c>paid</c> before.</summary>
    public Task<PayerAnswer<TenderOrder>> Close(string orderNo, CancellationToken ct) => Order(HttpMethod.Post, $"orders/{orderNo}/close", new { }, ct);

    public Task<PayerAnswer<Done>> Refund(string refundNo, string orderNo, long amountFen, CancellationToken ct) =>
        exchange.Ask<TenderOrder, Done>(HttpMethod.Post, "refunds", new { refundNo, orderNo, amountFen }, body => body.State == "refunded"
            ? new PayerAnswer<Done>.Accepted(Done.It) : new PayerAnswer<Done>.Unknown($"refunds: {body.State}"), ct);

    private Task<PayerAnswer<TenderOrder>> Order(HttpMethod method, string path, object? body, CancellationToken ct) =>
        exchange.Ask<TenderOrder, TenderOrder>(method, path, body, order => new PayerAnswer<TenderOrder>.Accepted(order), ct);
}
