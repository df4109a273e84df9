using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Health.Identity.Tokens;

/// <summary>
/// A token that was revoked (RFC 7009) opens nothing from the next request on: the process that revokes it forgets all known tokens before it answers, the others when
/// the database tells them. A process that cannot hear the database remembers no token and asks the store about each.
/// </summary>
internal sealed class Revocations(NpgsqlDataSource database, KnownTokens tokens, TimeProvider time, ILogger<Revocations> log) : BackgroundService
{
    private const string Channel = "identity_token_revoked";
    private static readonly TimeSpan BeforeRetry = TimeSpan.FromSeconds(1);

    /// <summary>A token was revoked, committed; returns when this process knows and the others are being told.</summary>
    public async Task Tell(CancellationToken ct)
    {
        tokens.Forget();
        await using var command = database.CreateCommand($"notify {Channel}");
        await command.ExecuteNonQueryAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var retry = new PeriodicTimer(BeforeRetry, time);
        try
        {
            while (true)
            {
                await Listen(stoppingToken);
                await retry.WaitForNextTickAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task Listen(CancellationToken ct)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(ct);
            connection.Notification += (_, _) => tokens.Forget();
            await using (var listen = new NpgsqlCommand($"listen {Channel}", connection)) await listen.ExecuteNonQueryAsync(ct);
            tokens.Remembers(true);
            while (true) await connection.WaitAsync(ct);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException && !ct.IsCancellationRequested)
        {
            log.LogWarning(e, "Revocations cannot be heard; until they can, every token is looked up.");
        }
        finally
        {
            tokens.Remembers(false);
        }
    }
}

/// <summary>After the server's own handler has marked the token.</summary>
internal sealed class RevocationTold(Revocations revocations) : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleRevocationRequestContext>()
        .UseSingletonHandler<RevocationTold>()
        .SetOrder(OpenIddictServerHandlers.Revocation.RevokeToken.Descriptor.Order + 500)
        .Build();

    public async ValueTask HandleAsync(HandleRevocationRequestContext context) => await revocations.Tell(context.CancellationToken);
}
