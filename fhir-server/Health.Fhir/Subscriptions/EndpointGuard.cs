using Health.Contracts;

namespace Health.Fhir.Subscriptions;

/// <summary>
/// Which addresses a subscription may make this server call: those an operator listed, by https, and in Development this machine.
/// Whoever may write a Subscription must not thereby reach into the network the server stands in.
/// </summary>
public sealed class EndpointGuard(SubscriptionOptions options)
{
    public const string Place = "Subscription.channel.endpoint";

    /// <summary>Headers that frame the message or name the receiver are the client's own business.</summary>
    private static readonly HashSet<string> Forbidden = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Upgrade", "Expect", "Trailer", "TE", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection",
    };

    public Refusal? Check(string? endpoint)
    {
        if (endpoint is null || !Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.UserInfo.Length > 0)
            return Refusal.Unprocessable("A rest-hook needs an absolute https address without user name.", Place);
        if (uri.Scheme == "http" && !(options.IsDevelopment && uri.IsLoopback)) return Refusal.Unprocessable("Outside Development notifications go by https only.", Place);
        if (options.IsDevelopment && uri.IsLoopback) return null;
        return options.Endpoints.Any(allowed => IsBelow(uri, allowed))
            ? null
            : Refusal.Unprocessable("This address is not among those an operator allowed (Health:Fhir:Subscriptions:Endpoints).", Place);
    }

    /// <summary><c>Name: value</c> lines of channel.header.</summary>
    public static Refusal? CheckHeader(string line, int index)
    {
        var colon = line.IndexOf(':');
        var place = $"Subscription.channel.header[{index}]";
        if (colon < 1 || line.AsSpan().ContainsAny('\r', '\n', '\0') || !line[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            return Refusal.Unprocessable("A header is written 'Name: value' in one line.", place);
        return Forbidden.Contains(line[..colon]) ? Refusal.Unprocessable($"The header {line[..colon]} is set by the server.", place) : null;
    }

    private static bool IsBelow(Uri uri, Uri allowed)
    {
        if (uri.Scheme != allowed.Scheme || uri.Host != allowed.Host || uri.Port != allowed.Port) return false;
        // Uri has resolved dot segments already, plain and percent-encoded ones.
        var root = allowed.AbsolutePath.EndsWith('/') ? allowed.AbsolutePath : allowed.AbsolutePath + "/";
        return uri.AbsolutePath == allowed.AbsolutePath || uri.AbsolutePath.StartsWith(root, StringComparison.Ordinal);
    }
}
