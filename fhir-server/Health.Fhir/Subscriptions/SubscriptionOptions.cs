using Microsoft.Extensions.Configuration;

namespace Health.Fhir.Subscriptions;

/// <summary>
/// Section <c>Health:Fhir:Subscriptions</c>: <c>Endpoints</c> (addresses, with everything below them, that may be called; in Development
/// those of this machine too), <c>RetryMilliseconds</c> (first wait after a failure, doubled each time up to five minutes),
/// <c>GiveUpAfterSeconds</c> (failing for so long turns a subscription to error), <c>TimeoutSeconds</c> (of one notification).
/// </summary>
public sealed record SubscriptionOptions(IReadOnlyList<Uri> Endpoints, bool IsDevelopment, TimeSpan Retry, TimeSpan GiveUpAfter, TimeSpan Timeout)
{
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5), PollEvery = TimeSpan.FromSeconds(5);

    /// <exception cref="InvalidOperationException">A setting is wrong.</exception>
    public static SubscriptionOptions Read(IConfiguration configuration, bool isDevelopment)
    {
        var section = configuration.GetSection("Health:Fhir:Subscriptions");
        return new SubscriptionOptions(
            [.. (section.GetSection("Endpoints").Get<string[]>() ?? []).Select(Address)],
            isDevelopment,
            TimeSpan.FromMilliseconds(section.GetValue("RetryMilliseconds", 1000)),
            TimeSpan.FromSeconds(section.GetValue("GiveUpAfterSeconds", 24 * 3600)),
            TimeSpan.FromSeconds(section.GetValue("TimeoutSeconds", 30)));
    }

    /// <summary>How long to wait after so many failures in a row.</summary>
    public TimeSpan WaitAfter(int failures)
    {
        var factor = Math.Pow(2, Math.Min(failures - 1, 30));
        return Retry * factor < LongestWait ? Retry * factor : LongestWait;
    }

    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
        ? uri
        : throw new InvalidOperationException($"Health:Fhir:Subscriptions:Endpoints names '{text}'; an entry is an address such as https://partner.example/fhir-notices.");
}
