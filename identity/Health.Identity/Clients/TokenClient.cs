using System.Net.Http.Json;
using System.Text.Json;

namespace Health.Identity.Clients;

/// <summary>An access token and how long it lives.</summary>
public sealed record AccessToken(string Value, TimeSpan Lifetime, string Scope);

/// <summary>The token endpoint said no: <see cref="Exception.Message"/> is its error and description.</summary>
public sealed class TokenRefusedException(int status, string error, string? description) : Exception(description is null ? error : $"{error}: {description}")
{
    public int Status { get; } = status;
    public string Error { get; } = error;
}

/// <summary>Gets access tokens for a client with a key (client credentials with <c>private_key_jwt</c>).</summary>
public sealed class TokenClient(HttpClient http, TimeProvider time)
{
    /// <param name="tokenEndpoint">E.g. <c>http://127.0.0.1:8080/identity/token</c>; also the audience of the assertion.</param>
    /// <param name="scope">Space-separated; null asks for all that is registered.</param>
    /// <exception cref="TokenRefusedException">The server refused.</exception>
    public Task<AccessToken> Get(Uri tokenEndpoint, string clientId, string privateJwkFile, string? scope, CancellationToken ct) =>
        Send(tokenEndpoint, ClientAssertion.Create(privateJwkFile, clientId, tokenEndpoint.AbsoluteUri, time.GetUtcNow()), scope, ct);

    public async Task<AccessToken> Send(Uri tokenEndpoint, string assertion, string? scope, CancellationToken ct)
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_assertion_type"] = ClientAssertion.Type,
            ["client_assertion"] = assertion,
        };
        if (scope is not null) form["scope"] = scope;
        using var content = new FormUrlEncodedContent(form);
        using var response = await http.PostAsync(tokenEndpoint, content, ct);
        if (response.Content.Headers.ContentType?.MediaType != "application/json")
            throw new TokenRefusedException((int)response.StatusCode, "invalid_response", $"{tokenEndpoint} answered {(int)response.StatusCode} without JSON.");
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(ct);
        if (!response.IsSuccessStatusCode)
            throw new TokenRefusedException((int)response.StatusCode, Text(answer, "error") ?? "unknown_error", Text(answer, "error_description"));
        return new AccessToken(
            Text(answer, "access_token") ?? throw new TokenRefusedException(200, "invalid_response", "no access_token"),
            TimeSpan.FromSeconds(answer.GetProperty("expires_in").GetInt32()),
            Text(answer, "scope") ?? scope ?? "");
    }

    private static string? Text(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
