using System.Net.Http.Headers;
using Health.Host.Commands;
using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>HTTP clients of the platform under test.</summary>
public static class Doors
{
    /// <summary>A client whose access token is renewed before its ten minutes are over.</summary>
    public static HttpClient Open(RunningPlatform platform, string clientId) =>
        new(new Renewing(Address(platform), clientId, TimeProvider.System)) { BaseAddress = new Uri(platform.BaseUrl) };

    public static PlatformAddress Address(RunningPlatform platform) => new(platform.Data, platform.Port, platform.MllpPort);

    private sealed class Renewing(PlatformAddress platform, string clientId, TimeProvider time) : DelegatingHandler(new SocketsHttpHandler())
    {
        private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);
        private readonly SemaphoreSlim turn = new(1, 1);
        private AuthenticationHeaderValue? token;
        private DateTimeOffset until;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = await Token(cancellationToken);
            // Operators read for the operation of the platform and for nothing else.
            if (clientId == "demo-operator") request.Headers.Add("X-Purpose-Of-Use", "HOPERAT");
            return await base.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            turn.Dispose();
            base.Dispose(disposing);
        }

        private async ValueTask<AuthenticationHeaderValue> Token(CancellationToken ct)
        {
            if (token is { } good && time.GetUtcNow() < until) return good;
            await turn.WaitAsync(ct);
            try
            {
                if (token is not null && time.GetUtcNow() < until) return token;
                var fresh = await PlatformClient.Token(platform, clientId, null, ct);
                (token, until) = (new AuthenticationHeaderValue("Bearer", fresh.Value), time.GetUtcNow() + fresh.Lifetime - Margin);
                return token;
            }
            finally
            {
                turn.Release();
            }
        }
    }
}
