using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Health.CardAgent.Platform;

/// <summary>The card bridge of the platform. Every call is idempotent on its ids, so a call without an answer may be made again.</summary>
public sealed class Bridge(HttpClient http, AccessTokens tokens, PlatformLink link)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public Task<PlatformAnswer<TapAnswer>> Tap(TapBody body, CancellationToken ct) => Post<TapAnswer>("card/taps", body, ct);

    public Task<PlatformAnswer<VisitAnswer>> Register(VisitBody body, CancellationToken ct) => Post<VisitAnswer>("card/visits", body, ct);

    public Task<PlatformAnswer<PreSettlementAnswer>> PreSettle(string visitTx, PreSettlementBody body, CancellationToken ct) =>
        Post<PreSettlementAnswer>($"{Visit(visitTx)}/pre-settlement", body, ct);

    public Task<PlatformAnswer<StateAnswer>> Intend(string visitTx, IntentBody body, CancellationToken ct) => Post<StateAnswer>($"{Visit(visitTx)}/debit/intent", body, ct);

    public Task<PlatformAnswer<StateAnswer>> Report(string visitTx, OutcomeBody body, CancellationToken ct) => Post<StateAnswer>($"{Visit(visitTx)}/debit/outcome", body, ct);

    public Task<PlatformAnswer<SettlementAnswer>> Settle(string visitTx, CancellationToken ct) => Post<SettlementAnswer>($"{Visit(visitTx)}/settlement", new { }, ct);

    public Task<PlatformAnswer<TendersAnswer>> Plan(string visitTx, TendersBody body, CancellationToken ct) => Post<TendersAnswer>($"{Visit(visitTx)}/tenders", body, ct);

    /// <param name="authCode">The payer's code for bank or mobile; null for cash.</param>
    public Task<PlatformAnswer<TendersAnswer>> Collect(string visitTx, string leg, string? authCode, CancellationToken ct) =>
        Post<TendersAnswer>($"{Visit(visitTx)}/tenders/{Uri.EscapeDataString(leg)}/collect", new CollectBody(authCode), ct);

    public Task<PlatformAnswer<StateAnswer>> Reverse(string visitTx, string reason, CancellationToken ct) => Post<StateAnswer>($"{Visit(visitTx)}/reversal", new ReversalBody(reason), ct);

    public Task<PlatformAnswer<JournalKeyAnswer>> RegisterKey(string deskId, JournalKeyBody body, CancellationToken ct) => Post<JournalKeyAnswer>($"{Desk(deskId)}/journal-key", body, ct);

    public Task<PlatformAnswer<NumberBlock>> Numbers(string deskId, NumbersBody body, CancellationToken ct) => Post<NumberBlock>($"{Desk(deskId)}/offline-numbers", body, ct);

    /// <summary>Asks the operator, through the bridge, for the right to load. A repeat answers as it did.</summary>
    public Task<PlatformAnswer<LoadAnswer>> RequestLoad(LoadBody body, CancellationToken ct) => Post<LoadAnswer>("card/purse/loads", body, ct);

    public Task<PlatformAnswer<LoadAnswer>> ReportLoad(string loadId, LoadOutcomeBody body, CancellationToken ct) => Post<LoadAnswer>($"card/purse/loads/{Uri.EscapeDataString(loadId)}/outcome", body, ct);

    /// <summary>Entries in order, at most 100. A repeat is passed over.</summary>
    public Task<PlatformAnswer<OfflineTaken>> Upload(string deskId, OfflineEntries body, CancellationToken ct) => Post<OfflineTaken>($"{Desk(deskId)}/offline", body, ct);

    /// <param name="from">The version that is here; null asks for the whole list.</param>
    public Task<PlatformAnswer<BinaryAnswer>> Blacklist(long? from, CancellationToken ct) =>
        Call<BinaryAnswer>(HttpMethod.Get, from is { } version ? $"card/blacklist/delta?from={version}" : "card/blacklist/full", null, ct);

    /// <summary>What the platform holds open for a desk.</summary>
    public Task<PlatformAnswer<OpenVisits>> Open(string deskId, CancellationToken ct) => Call<OpenVisits>(HttpMethod.Get, $"{Desk(deskId)}/open", null, ct);

    private static string Desk(string deskId) => $"card/desks/{Uri.EscapeDataString(deskId)}";

    private static string Visit(string visitTx) => $"card/visits/{Uri.EscapeDataString(visitTx)}";

    private Task<PlatformAnswer<T>> Post<T>(string path, object body, CancellationToken ct) where T : class => Call<T>(HttpMethod.Post, path, body, ct);

    private async Task<PlatformAnswer<T>> Call<T>(HttpMethod method, string path, object? body, CancellationToken ct) where T : class
    {
        try
        {
            var answer = await Send<T>(method, path, body, ct);
            if (answer.Status == (int)HttpStatusCode.Unauthorized)
            {
                tokens.Forget();
                answer = await Send<T>(method, path, body, ct);
            }
            if (answer.IsUnreachable) link.Silent();
            return answer;
        }
        catch (Exception silence) when (silence is HttpRequestException or IOException || (silence is OperationCanceledException && !ct.IsCancellationRequested))
        {
            link.Silent();
            return new PlatformAnswer<T>(null, 0, silence.Message);
        }
    }

    private async Task<PlatformAnswer<T>> Send<T>(HttpMethod method, string path, object? body, CancellationToken ct) where T : class
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), null, Json) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.Get(ct));
        using var response = await http.SendAsync(request, ct);
        var status = (int)response.StatusCode;
        if (status < 500) link.Heard(response.Headers.Date);
        if (typeof(T) == typeof(BinaryAnswer) && response.IsSuccessStatusCode) return new PlatformAnswer<T>((T)(object)new BinaryAnswer(await response.Content.ReadAsByteArrayAsync(ct)), status, "");
        var text = await response.Content.ReadAsStringAsync(ct);
        try
        {
            if (!response.IsSuccessStatusCode) return new PlatformAnswer<T>(null, status, Detail(text));
            return JsonSerializer.Deserialize<T>(text, Json) is { } value ? new PlatformAnswer<T>(value, status, "") : new PlatformAnswer<T>(null, 0, "empty answer");
        }
        catch (JsonException)
        {
            // Not the bridge's form: what was done is not known.
            return new PlatformAnswer<T>(null, response.IsSuccessStatusCode ? 0 : status, "unreadable answer");
        }
    }

    // problem+json, or an OperationOutcome.
    private static string Detail(string text)
    {
        if (text.Length == 0) return "";
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) return "";
        foreach (var name in (string[])["detail", "title", "diagnostics"])
            if (root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String) return value.GetString()!;
        return "";
    }
}
