using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using OpenIddict.Validation.AspNetCore;

namespace Health.Identity.Tokens;

/// <summary>
/// Access tokens that were found valid, until they expire: the same token again costs a hash instead of a signature check and the pipelines of two
/// token handlers. Only the hash of a token is kept. A door's answer to a token that is not here is the long way's. What is known is of an epoch: a revocation
/// begins another (<see cref="Revocations"/>), also for a token that is being looked up at that moment.
/// </summary>
internal sealed class KnownTokens(TimeProvider time)
{
    /// <summary>A token is valid for minutes, and only valid ones get in.</summary>
    public const int Most = 10_000;

    private const int LongestToken = 4096;
    private const string Bearer = "Bearer ";

    /// <summary>Sign-in and token endpoints look at more than a bearer token.</summary>
    private static readonly PathString[] Elsewhere = ["/identity", "/console", "/.well-known"];

    private static readonly object EpochItem = new();

    private readonly ConcurrentDictionary<TokenHash, Known> known = new();
    private long epoch;
    private volatile bool remembers;

    private readonly record struct TokenHash(Int128 First, Int128 Second);

    private sealed record Known(AuthenticateResult Result, DateTimeOffset Until, long Epoch);

    private sealed class Answer(AuthenticateResult result) : IAuthenticateResultFeature
    {
        public AuthenticateResult? AuthenticateResult { get; set; } = result;
    }

    /// <summary>In place of <c>UseAuthentication</c>.</summary>
    public static void Use(WebApplication app)
    {
        var tokens = app.Services.GetRequiredService<KnownTokens>();
        // Else the framework adds the long way in front of everything by itself.
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true;
        app.UseWhen(http => !tokens.Recognise(http), unknown =>
        {
            unknown.UseAuthentication();
            unknown.Use((http, next) =>
            {
                tokens.Remember(http);
                return next(http);
            });
        });
    }

    /// <summary>A token was revoked; or a client, its rights or a key changed: every token is looked at again.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref epoch);
        known.Clear();
    }

    /// <summary>Whether tokens may be remembered: only while revocations are heard of.</summary>
    public void Remembers(bool may)
    {
        remembers = may;
        Forget();
    }

    private bool Recognise(HttpContext http)
    {
        // Before the token is looked up: a revocation from now on is one that the look may have missed.
        var now = Interlocked.Read(ref epoch);
        if (!TryHash(http.Request, out var hash) || !known.TryGetValue(hash, out var found) || found.Epoch != now)
        {
            http.Items[EpochItem] = now;
            return false;
        }

        if (found.Until <= time.GetUtcNow())
        {
            known.TryRemove(hash, out _);
            return false;
        }

        http.User = found.Result.Principal!;
        http.Features.Set<IAuthenticateResultFeature>(new Answer(found.Result));
        return true;
    }

    private void Remember(HttpContext http)
    {
        if (http.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult is not { Succeeded: true, Ticket: { } ticket } result) return;
        if (ticket.AuthenticationScheme != OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme || ticket.Principal.GetExpirationDate() is not { } until) return;
        if (!remembers || http.Items[EpochItem] is not long seen || !TryHash(http.Request, out var hash)) return;
        // So many tokens at a time are no clients of ours, or an incident: start again rather than grow.
        if (known.Count >= Most) known.Clear();
        known[hash] = new Known(result, until, seen);
    }

    private static bool TryHash(HttpRequest request, out TokenHash hash)
    {
        hash = default;
        if (request.Headers.Authorization is not [{ } header] || header.Length is <= 7 or > LongestToken || !header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return false;
        foreach (var path in Elsewhere)
            if (request.Path.StartsWithSegments(path)) return false;
        Span<byte> token = stackalloc byte[LongestToken];
        if (!Encoding.ASCII.TryGetBytes(header.AsSpan(Bearer.Length), token, out var length)) return false;
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(token[..length], bytes);
        hash = MemoryMarshal.Read<TokenHash>(bytes);
        return true;
    }
}
