using System.Globalization;
using Npgsql;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Health.Identity.Clients;

/// <summary>
/// An assertion is good once and for five minutes at most. The used ones are remembered in a table shared by all nodes until they expire.
/// Runs after signature, issuer and audience were found right, so that strangers cannot fill the table.
/// </summary>
internal sealed class AssertionOnce(NpgsqlDataSource database, TimeProvider time) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    private const int MaxIdLength = 255;
    // Of a client whose clock is ahead.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    private const string Remember =
        """
        with expired as (
            delete from identity.assertion where ctid in (select ctid from identity.assertion where expires_at < $4 order by expires_at limit 20 for update skip locked))
        insert into identity.assertion (client_id, jti, expires_at) values ($1, $2, $3) on conflict do nothing
        """;

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessAuthenticationContext>()
        .AddFilter<OpenIddictServerHandlerFilters.RequireClientAssertionPrincipal>()
        .UseSingletonHandler<AssertionOnce>()
        .SetOrder(OpenIddictServerHandlers.ValidateClientAssertionIssuer.Descriptor.Order + 500)
        .Build();

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        var principal = context.ClientAssertionPrincipal!;
        var now = time.GetUtcNow();
        if (!long.TryParse(principal.GetClaim(OpenIddictConstants.Claims.ExpiresAt), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > (now + ClientAssertion.MaxLifetime + Skew).ToUnixTimeSeconds())
        {
            context.Reject(OpenIddictConstants.Errors.InvalidClient, "The client assertion must expire within five minutes (exp).");
            return;
        }
        if (principal.GetClaim(OpenIddictConstants.Claims.JwtId) is not { Length: > 0 and <= MaxIdLength } id)
        {
            context.Reject(OpenIddictConstants.Errors.InvalidClient, $"The client assertion must carry a jti of at most {MaxIdLength} characters.");
            return;
        }
        if (!await FirstUse(principal.GetClaim(OpenIddictConstants.Claims.Issuer)!, id, DateTimeOffset.FromUnixTimeSeconds(seconds), now, context.CancellationToken))
            context.Reject(OpenIddictConstants.Errors.InvalidClient, "The client assertion was used before (jti).");
    }

    private async Task<bool> FirstUse(string client, string id, DateTimeOffset expires, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Remember);
        command.Parameters.Add(new() { Value = client });
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = expires });
        // An assertion is accepted for a moment after exp (clock skew): keep its id longer than that.
        command.Parameters.Add(new() { Value = now - TimeSpan.FromMinutes(10) });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }
}
