using System.Data;
using System.Text.Json;
using Health.Contracts;
using Health.Identity.Store;
using Health.Identity.Tokens;
using Marten;
using Marten.Services;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenIddict.Abstractions;
using OpenIddict.Server;

namespace Health.Identity.Clients;

/// <summary>
/// Brings the registrations of the clients folder into the store at start, each change with its event in one transaction. The folder is
/// the truth for the clients that came from it: one whose file is gone gets no token any more, and what it had opens nothing.
/// </summary>
internal sealed class ClientSync(
    IServiceScopeFactory scopes, NpgsqlDataSource database, IDocumentStore events, IdentitySettings settings, NodeIdentity node,
    IOptionsMonitor<OpenIddictServerOptions> server, Revocations revocations, ILogger<ClientSync> log)
    : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Missing keys stop the start here, not the first request.
        _ = server.CurrentValue;
        await Apply(settings.ClientsFolder is { } folder ? Read(folder) : null, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static List<ClientRegistration> Read(string folder)
    {
        if (!Directory.Exists(folder)) throw new InvalidOperationException($"Health:Identity:ClientsFolder '{folder}' does not exist.");
        var clients = Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(ClientRegistration.Read).ToList();
        if (clients.GroupBy(client => client.ClientId).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidOperationException($"Two files of {folder} register the client {twice.Key}.");
        return clients;
    }

    private async Task Apply(List<ClientRegistration>? clients, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, ct);
        await using (var turn = new NpgsqlCommand(EventLog.TakeTurnSql, connection, transaction)) await turn.ExecuteNonQueryAsync(ct);
        var store = scope.ServiceProvider.GetRequiredService<IdentityStore>();
        store.Database.SetDbConnection(connection);
        await store.Database.UseTransactionAsync(transaction, ct);
        await using var session = events.LightweightSession(SessionOptions.ForTransaction(transaction));
        foreach (var (key, value) in new EventHeader(node.NodeId, "system:identity", PurposeOfUse.HOPERAT, "identity").Entries()) session.SetHeader(key, value);

        var manager = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
        var issued = scope.ServiceProvider.GetRequiredService<IOpenIddictTokenManager>();
        await OwnClients.Put(manager, node, ct);
        foreach (var client in clients ?? []) await Put(manager, session, client, ct);
        if (clients is not null) await Withdraw(manager, issued, session, [.. clients.Select(client => client.ClientId)], ct);
        await session.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        // Other processes too: a withdrawn client's tokens are revoked.
        await revocations.Tell(ct);
    }

    private async Task Put(IOpenIddictApplicationManager manager, IDocumentSession session, ClientRegistration client, CancellationToken ct)
    {
        var descriptor = RegisteredClient.Describe(client);
        if (await manager.FindByClientIdAsync(client.ClientId, ct) is not { } known)
        {
            await manager.CreateAsync(descriptor, ct);
            session.Events.Append(Stream(client.ClientId), new ClientRegistered(client.ClientId, client.Institution, client.Roles, client.Scopes, client.KeyIds()));
            log.LogInformation("Client {Client} registered for {Institution}", client.ClientId, client.Institution);
            return;
        }
        var stored = await RegisteredClient.Of(manager, known, ct)
            ?? throw new InvalidOperationException($"The client id {client.ClientId} belongs to the platform itself; choose another.");
        if (stored.Json == JsonSerializer.Serialize(client, ClientRegistration.Json)) return;
        await manager.UpdateAsync(known, descriptor, ct);
        session.Events.Append(Stream(client.ClientId), new ClientChanged(client.ClientId, client.Institution, client.Roles, client.Scopes, client.KeyIds()));
        log.LogInformation("Client {Client} changed", client.ClientId);
    }

    private async Task Withdraw(IOpenIddictApplicationManager manager, IOpenIddictTokenManager issued, IDocumentSession session, HashSet<string> present, CancellationToken ct)
    {
        var gone = new List<(object Application, string ClientId)>();
        await foreach (var application in manager.ListAsync(cancellationToken: ct))
            if (await RegisteredClient.Of(manager, application, ct) is { IsWithdrawn: false } client && !present.Contains(client.ClientId))
                gone.Add((application, client.ClientId));
        foreach (var (application, clientId) in gone)
        {
            var descriptor = new OpenIddictApplicationDescriptor();
            await manager.PopulateAsync(descriptor, application, ct);
            RegisteredClient.Withdraw(descriptor);
            await manager.UpdateAsync(application, descriptor, ct);
            await issued.RevokeByApplicationIdAsync((await manager.GetIdAsync(application, ct))!, ct);
            session.Events.Append(Stream(clientId), new ClientWithdrawn(clientId));
            log.LogWarning("Client {Client} withdrawn: its registration file is gone", clientId);
        }
    }

    private static string Stream(string clientId) => $"client/{clientId}";
}
