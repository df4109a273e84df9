using System.Text.Json;

namespace Health.CardAgent.Platform;

/// <summary>The desk's access token: endpoint by discovery, client credentials with a signed assertion, kept until shortly before its end.</summary>
public sealed class AccessTokens(HttpClient http, AgentSettings settings, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim turn = new(1, 1);
    private Uri? endpoint;
    private string? token;
    private DateTimeOffset until;

    /// <summary>A token that is good for a while. Throws <see cref="HttpRequestException"/> when the platform gives none.</summary>
    public async Task<string> Get(CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            if (settings.Training) return "training";
            if (token is not null && time.GetUtcNow() < until) return token;
            endpoint ??= await Discover(ct);
            return await Ask(endpoint, ct);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The platform did not take the token: ask for another next time.</summary>
    public void Forget() => until = DateTimeOffset.MinValue;

    public void Dispose() => turn.Dispose();

    private async Task<Uri> Discover(CancellationToken ct)
    {
        using var answer = await http.GetAsync(".well-known/openid-configuration", ct);
        answer.EnsureSuccessStatusCode();
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(ct));
        return new Uri(document.RootElement.GetProperty("token_endpoint").GetString() ?? throw new HttpRequestException("The discovery document names no token endpoint."));
    }

    private async Task<string> Ask(Uri tokenEndpoint, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = settings.ClientId,
            ["client_assertion_type"] = ClientAssertion.Type,
            ["client_assertion"] = ClientAssertion.Create(await File.ReadAllTextAsync(settings.PrivateJwk, ct), settings.ClientId, tokenEndpoint.AbsoluteUri, Guid.NewGuid().ToString("n"), now),
        };
        if (settings.Scope.Length > 0) form["scope"] = settings.Scope;
        using var answer = await http.PostAsync(tokenEndpoint, new FormUrlEncodedContent(form), ct);
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"The token endpoint answered {(int)answer.StatusCode}.", null, answer.StatusCode);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(ct));
        token = document.RootElement.GetProperty("access_token").GetString() ?? throw new HttpRequestException("The token endpoint gave no token.");
        var seconds = document.RootElement.TryGetProperty("expires_in", out var life) ? life.GetInt32() : 60;
        until = now + TimeSpan.FromSeconds(seconds) - Margin;
        return token;
    }
}
