using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Health.Identity.Clients;

namespace Health.Host.Commands;

/// <summary>How the verbs knock at a platform's doors: with a token of one of its clients.</summary>
public static class PlatformClient
{
    public static async Task<AccessToken> Token(PlatformAddress platform, string clientId, string? scope, CancellationToken ct)
    {
        var key = ClientKeys.PrivateKeyFile(platform.ClientsFolder, clientId);
        if (!File.Exists(key))
        {
            var known = Directory.Exists(platform.ClientsFolder)
                ? string.Join(", ", Directory.GetFiles(platform.ClientsFolder, "*.private.jwk").Select(path => Path.GetFileName(path)[..^".private.jwk".Length]).Order())
                : "none";
            throw new InvalidOperationException($"There is no key of client '{clientId}' in {platform.ClientsFolder}; known are: {known}.");
        }

        using var http = new HttpClient();
        try
        {
            return await new TokenClient(http, TimeProvider.System).Get(new Uri($"{platform.BaseUrl}/identity/token"), clientId, key, scope, ct);
        }
        catch (TokenRefusedException e)
        {
            throw new InvalidOperationException($"The platform gave no token: {e.Message}", e);
        }
    }

    public static async Task<HttpClient> Connect(PlatformAddress platform, string clientId, CancellationToken ct)
    {
        var token = await Token(platform, clientId, null, ct);
        var http = new HttpClient { BaseAddress = new Uri(platform.BaseUrl), Timeout = TimeSpan.FromMinutes(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Value);
        // Operators read for the operation of the platform and for nothing else.
        if (clientId == "demo-operator") http.DefaultRequestHeaders.Add("X-Purpose-Of-Use", "HOPERAT");
        return http;
    }

    /// <summary>The body; a refusal ends the command with its reason.</summary>
    internal static async Task<JsonElement> Answer(HttpResponseMessage answer, CancellationToken ct)
    {
        using (answer)
        {
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
            if (answer.IsSuccessStatusCode) return body;
            throw new InvalidOperationException(body.TryGetProperty("detail", out var detail) ? detail.GetString() : $"The platform answered {(int)answer.StatusCode}.");
        }
    }
}
