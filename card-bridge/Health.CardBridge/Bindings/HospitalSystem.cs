using Health.CardBridge.Payers;

namespace Health.CardBridge.Bindings;

/// <summary>A receipt as the hospital's system books it. <paramref name="TotalFen"/> is negative for a red one, which names the receipt it undoes.</summary>
public sealed record HisReceipt(string ReceiptNo, string VisitNo, string InstitutionCode, long TotalFen, string? OriginalNo);

/// <summary>The hospital's own system: it books each receipt once, by its number. A repeat is accepted.</summary>
public sealed class HospitalSystem(HttpClient http)
{
    private sealed record Booked(string ReceiptNo);

    private readonly JsonExchange exchange = new(http);

    public Task<PayerAnswer<Done>> Post(HisReceipt receipt, CancellationToken ct) =>
        exchange.Ask<Booked, Done>(HttpMethod.Post, "his/settlements", receipt, body => body.ReceiptNo == receipt.ReceiptNo
            ? new PayerAnswer<Done>.Accepted(Done.It) : new PayerAnswer<Done>.Unknown("his/settlements: another receipt was answered"), ct);
}
