using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Health.Cards;

namespace Health.CardAgent.Api;

/// <summary>
/// Who may use the local API: programs with the pairing token (a file only the agent's account reads), and the agent's own page with a cookie
/// it gets once for a one-time code shown on the agent's console.
/// </summary>
public sealed class Pairing
{
    public const string Cookie = "health-desk";
    private const int MaxAttempts = 5;

    private readonly Lock turn = new();
    private readonly string cookieValue;
    private string? code = RandomNumberGenerator.GetInt32(100_000_000).ToString("D8", CultureInfo.InvariantCulture);
    private int attempts;

    public Pairing(AgentSettings settings)
    {
        TokenFile = Path.Combine(settings.DataFolder, "pairing-token");
        if (!File.Exists(TokenFile)) DurableFile.Replace(TokenFile, Encoding.ASCII.GetBytes(Convert.ToHexString(RandomNumberGenerator.GetBytes(32))));
        Token = File.ReadAllText(TokenFile).Trim();
        if (Token.Length < 32) throw new InvalidDataException($"{TokenFile} holds no token of at least 32 characters.");
        cookieValue = Convert.ToHexString(HMACSHA256.HashData(Encoding.ASCII.GetBytes(Token), "page"u8));
    }

    public string TokenFile { get; }

    public string Token { get; }

    /// <summary>The code while it is good: once, and for five attempts.</summary>
    public string? Code
    {
        get { lock (turn) return code; }
    }

    public bool Admits(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.Ordinal)) return Same(header[7..], Token);
        return request.Cookies[Cookie] is { } value && Same(value, cookieValue);
    }

    /// <summary>A page of the hospital's own program cannot set a header on a WebSocket: it names the token as a subprotocol, <c>bearer.TOKEN</c>.</summary>
    public bool AdmitsProtocols(IEnumerable<string> protocols) => protocols.Any(protocol => protocol.StartsWith("bearer.", StringComparison.Ordinal) && Same(protocol[7..], Token));

    /// <summary>Pairs the page if the code is right; the code is spent then.</summary>
    public bool TryPair(string? given, HttpResponse response)
    {
        lock (turn)
        {
            if (code is null || given is null) return false;
            var right = Same(given.Trim(), code);
            if (right || ++attempts >= MaxAttempts) code = null;
            if (right) Pair(response);
            return right;
        }
    }

    public void Pair(HttpResponse response) => response.Cookies.Append(Cookie, cookieValue, new CookieOptions
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        MaxAge = TimeSpan.FromDays(30),
    });

    private static bool Same(string a, string b) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}
