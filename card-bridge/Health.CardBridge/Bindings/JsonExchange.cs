using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Health.CardBridge.Payers;

namespace Health.CardBridge.Bindings;

/// <summary>
/// A request to another party over HTTP and what its answer is worth: a yes, a definite no (400, 409), or nothing that can be relied on. For requests
/// that must not be sent twice unasked.
/// </summary>
public sealed class JsonExchange(HttpClient http)
{
    public async Task<PayerAnswer<T>> Ask<TBody, T>(HttpMethod method, string path, object? body, Func<TBody, PayerAnswer<T>> read, CancellationToken ct)
    {
        try
        {
            // A reused connection that the other side has closed would make the handler send a message twice by itself.
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
