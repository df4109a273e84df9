using System.Net.Http.Headers;
using System.Text;

namespace Health.Fhir.Subscriptions;

/// <summary>The receiver did not take a notification; the text is fit for Subscription.error.</summary>
public sealed class NotDeliveredException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Calls the endpoint of a subscription. Redirects, proxies and cookies are off: the address that was allowed is the one that is called, and
/// of the answer only the status counts.
/// </summary>
public sealed class RestHook(SubscriptionOptions options, EndpointGuard guard) : IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/fhir+json", "utf-8");

    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2), ConnectTimeout = TimeSpan.FromSeconds(10), MaxResponseHeadersLength = 16,
    })
    {
        Timeout = System.Threading.Timeout.InfiniteTimeSpan,
    };

    /// <param name="body">Null: a bare signal.</param>
    /// <param name="below">Path under the endpoint, for the plain form of R4.</param>
    /// <exception cref="NotDeliveredException">Not reached, too slow, or not answered with 2xx.</exception>
    public async Task Send(SubscriptionSettings settings, HttpMethod method, string? below, ReadOnlyMemory<byte>? body, CancellationToken ct)
    {
        // Asked again at each call: what an operator no longer allows is no longer called.
        if (guard.Check(settings.Endpoint!.OriginalString) is { } refusal) throw new NotDeliveredException(refusal.Diagnostics);
        using var request = new HttpRequestMessage(method, below is null ? settings.Endpoint : Below(settings.Endpoint, below));
        foreach (var line in settings.Headers)
        {
            var colon = line.IndexOf(':');
            request.Headers.TryAddWithoutValidation(line[..colon], line[(colon + 1)..].Trim());
        }

        request.Content = body is { } bytes ? new ReadOnlyMemoryContent(bytes) { Headers = { ContentType = Json } } : new ByteArrayContent([]);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(settings.Timeout ?? options.Timeout);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (!answer.IsSuccessStatusCode) throw new NotDeliveredException($"The endpoint answered {(int)answer.StatusCode}.");
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new NotDeliveredException("The endpoint did not answer in time.", e);
        }
        catch (HttpRequestException e)
        {
            // The message may name addresses of the inner network; the kind of error does not.
            throw new NotDeliveredException($"The endpoint could not be reached ({e.HttpRequestError}).", e);
        }
    }

    public void Dispose() => http.Dispose();

    private static Uri Below(Uri endpoint, string path) => new UriBuilder(endpoint) { Path = new StringBuilder(endpoint.AbsolutePath.TrimEnd('/')).Append('/').Append(path).ToString() }.Uri;
}
