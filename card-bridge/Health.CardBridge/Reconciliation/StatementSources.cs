using System.Globalization;
using System.Text;
using Health.CardBridge.Payers;
using Health.Contracts;

namespace Health.CardBridge.Reconciliation;

/// <summary>Fetches statements over HTTP: the clearing file of the city-card operator, the ledger of a HIS, the acquirer's statements.</summary>
public sealed class StatementSources(HttpClient http, CardBridgeSettings settings, LedgerSettings ledgers)
{
    private const long MaxBytes = 256L << 20;

    /// <summary>Parties that can be asked for the whole city's day.</summary>
    public IEnumerable<string> OfTheCity =>
        new[] { (Parties.CityCard, settings.CityCardUrl.ToString()), (Parties.Bank, ledgers.BankUrl), (Parties.Mobile, ledgers.MobileUrl) }.Where(source => source.Item2 is not null).Select(source => source.Item1);

    public bool HasHis => ledgers.HisUrl is not null;

    /// <summary>The statement of the whole city.</summary>
    public Task<PayerAnswer<IReadOnlyList<StatementLine>>> Ask(string party, DateOnly day, CancellationToken ct) => Get(party, party switch
    {
        Parties.CityCard => new Uri(settings.CityCardUrl, $"clearing/{day:yyyyMMdd}"),
        Parties.Bank => Address(ledgers.BankUrl!, day, ""),
        Parties.Mobile => Address(ledgers.MobileUrl!, day, ""),
        _ => throw new ArgumentOutOfRangeException(nameof(party), party, "This party has no statement of the city."),
    }, ct);

    /// <summary>The ledger of one institution's HIS.</summary>
    public Task<PayerAnswer<IReadOnlyList<StatementLine>>> AskHis(string institutionCode, DateOnly day, CancellationToken ct) => Get(Parties.His, Address(ledgers.HisUrl!, day, institutionCode), ct);

    private static Uri Address(string template, DateOnly day, string institutionCode) => new(template
        .Replace("{institution}", Uri.EscapeDataString(institutionCode), StringComparison.Ordinal)
        .Replace("{day}", day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparison.Ordinal));

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
