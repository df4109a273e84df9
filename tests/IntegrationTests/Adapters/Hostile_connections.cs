using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Health.Hl7v2;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Adapters;

/// <summary>Sixty connections of one address that say nothing, or a byte now and then, or nonsense, against a door of 24 places; an honest sender of another address.</summary>
public sealed class Hostile_connections(Database database) : IAsyncLifetime
{
    private const int Many = 60;
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.Open(
        database, ("MaxConnections", "24"), ("MaxConnectionsPerAddress", "16"), ("FirstMessageTimeoutSeconds", "5"), ("ReadTimeoutSeconds", "5"), ("MaxMessageBytes", "4096"));

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("\vMSH|^~\\&|HIS|MYCH")]
    [InlineData("no start block at all")]
    public async Task never_take_the_place_of_an_honest_sender_and_are_all_closed(string opening)
    {
        var hostile = await Flood(opening);
        using var honest = await From("127.0.0.2");
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 20; i++)
        {
            var since = Stopwatch.StartNew();
            using var ack = Hl7Message.Read((await Hospital.Send(honest.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration($"H{i}"))))!).Message!;
            Assert.Equal("AA", ack.Get("MSA-1"));
            if (since.Elapsed > slowest) slowest = since.Elapsed;
        }

        // Below the five seconds after which the hostile ones are closed: no honest message waited for one of them.
        Assert.True(slowest < TimeSpan.FromSeconds(4), $"The slowest answer took {slowest}.");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await Task.WhenAll(hostile.Select(client => Closed(client, limit.Token)));
        // Their places are free again, to the last: sixteen at once are served.
        List<TcpClient> after = [];
        for (var i = 0; i < 16; i++) after.Add(await Served($"A{i}", limit.Token));
        foreach (var client in after.Concat(hostile)) client.Dispose();
        Assert.Equal(36L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    private async Task<List<TcpClient>> Flood(string opening)
    {
        List<TcpClient> hostile = [];
        for (var i = 0; i < Many; i++)
        {
            var client = await From("127.0.0.1");
            hostile.Add(client);
            try
            {
                await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(opening));
            }
            catch (IOException)
            {
                // Closed at once, as it should be above the limit of one address.
            }
        }

        return hostile;
    }

    /// <summary>A connection that was answered and stays. The other end may see a connection closed a moment before its place is free.</summary>
    private async Task<TcpClient> Served(string controlId, CancellationToken limit)
    {
        while (true)
        {
            limit.ThrowIfCancellationRequested();
            var client = await From("127.0.0.1");
            try
            {
                if (await Hospital.Send(client.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration(controlId))) is not null) return client;
            }
            catch (IOException)
            {
                // Reset instead of closed.
            }

            client.Dispose();
        }
    }

    private async Task<TcpClient> From(string address)
    {
        var client = new TcpClient(new IPEndPoint(IPAddress.Parse(address), 0)) { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", hospital.Port);
        return client;
    }

    private static async Task Closed(TcpClient client, CancellationToken ct)
    {
        try
        {
            Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], ct));
        }
        catch (IOException)
        {
            // Reset is closed too.
        }
    }
}
