using System.Text;
using Health.CardBridge.Payers;

namespace Health.CardBridge.Reconciliation;

/// <summary>Fetches statements over HTTP: the clearing file of the city-card operator, the ledger of a HIS, the acquirer's statements.</summary>
public sealed class StatementSources(HttpClient http, CardBridgeSettings settings, LedgerSettings ledgers)
{
    private const long MaxBytes = 256L << 20;

    /// <summary>Senders of one statement for the whole city: <c>city-card</c>, and <c>acquirer</c> when there is one.</summary>
    public IReadOnlyList<string> OfTheCity => ledgers.AcquirerUrl is null ? [Parties.CityCard] : [Parties.CityCard, Parties.Acquirer];

    public bool HasHis => ledgers.HisUrl is not null;

    /// <summary>A statement of the whole city.</summary>
    public Task<PayerAnswer<IReadOnlyList<StatementLine>>> Ask(string sender, DateOnly day, CancellationToken ct) =>
        Get(sender, sender == Parties.Acquirer ? LedgerSettings.Fill(ledgers.AcquirerUrl!, day, "") : LedgerSettings.Fill($"{settings.CityCardUrl}clearing/{{date}}", day, ""), ct);

    /// <summary>The ledger of one institution's HIS.</summary>
    public Task<PayerAnswer<IReadOnlyList<StatementLine>>> AskHis(string institutionCode, DateOnly day, CancellationToken ct) => Get(Parties.His, LedgerSettings.Fill(ledgers.HisUrl!, day, institutionCode), ct);

    private async Task<PayerAnswer<IReadOnlyList<StatementLine>>> Get(string party, Uri address, CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct);
            if (!response.IsSuccessStatusCode) return new PayerAnswer<IReadOnlyList<StatementLine>>.Unknown($"HTTP {(int)response.StatusCode}");
            if (response.Content.Headers.ContentLength > MaxBytes) return new PayerAnswer<IReadOnlyList<StatementLine>>.Refused("the file is too long");
            using var text = new StreamReader(await response.Content.ReadAsStreamAsync(ct), Encoding.UTF8);
            var (lines, refusal) = await StatementFile.Read(party, text, ct);
            return refusal is null ? new PayerAnswer<IReadOnlyList<StatementLine>>.Accepted(lines) : new PayerAnswer<IReadOnlyList<StatementLine>>.Refused(refusal.Diagnostics);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return new PayerAnswer<IReadOnlyList<StatementLine>>.Unknown(failure.GetType().Name);
        }
    }
}
