using System.Net;
using System.Net.Sockets;
using Health.Contracts;
using Health.Identity.Accounts;
using Health.IntegrationTests.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Wolverine;

namespace Health.ConsoleTests;

/// <summary>Identity and Console with a base address that is really listened on, and one account of the commission.</summary>
public sealed class ConsoleHost : IAsyncDisposable
{
    public const string User = "commission", Password = "a long enough password";

    private ConsoleHost(TestHost host, string address) => (Host, Address) = (host, address);

    public TestHost Host { get; }
    public string Address { get; }

    public static async Task<ConsoleHost> Start(Database database, Action<IServiceCollection>? services = null)
    {
        var address = $"http://127.0.0.1:{FreePort()}";
        var host = await TestHost.Start(database, ["Identity", "Console"], builder =>
        {
            builder.Configuration.AddInMemoryCollection([new("Health:BaseUrl", address)]);
            builder.WebHost.UseUrls(address);
            services?.Invoke(builder.Services);
        });
        await host.Services.GetRequiredService<Accounts>().Ensure(User, Password, "commission", null, default);
        return new ConsoleHost(host, address);
    }

    /// <summary>As another module does it: through the bus, durable, delivered at least once.</summary>
    public async Task Publish(params INotice[] notices)
    {
        await using var scope = Host.Services.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        foreach (var notice in notices) await bus.PublishAsync(notice);
    }

    public async Task SignIn(IPage page, string path = "/console", string user = User, string password = Password)
    {
        await page.GotoAsync(Address + path);
        await page.FillAsync("#user", user);
        await page.FillAsync("#password", password);
        await page.ClickAsync("button[type=submit]");
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
