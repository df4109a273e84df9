using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Adapters;

/// <summary>Connections that begin a large message and never end it, against an honest sender of a large one.</summary>
public sealed class Large_messages(Database database) : IAsyncLifetime
{
    private const int Seconds = 12;
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.Open(database, ("ReadTimeoutSeconds", $"{Seconds}"));

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Fact]
    public async Task of_one_address_leave_places_to_another()
    {
        var hostile = await Begin("127.0.0.1", 8);
        var since = Stopwatch.StartNew();
        Assert.Equal("AA", await SendLarge("127.0.0.2", "L1"));
        // Before the first of the others is cut off.
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(Seconds), $"{since.Elapsed}");
        foreach (var client in hostile) client.Dispose();
    }

    [Fact]
    public async Task of_many_addresses_keep_an_honest_one_waiting_but_not_from_being_read()
    {
        var hostile = (await Begin("127.0.0.1", 4)).Concat(await Begin("127.0.0.3", 4)).ToList();
        // All four places are taken for the whole read time, which is as long as its own.
        Assert.Equal("AA", await SendLarge("127.0.0.2", "L2"));
        foreach (var client in hostile) client.Dispose();
    }

    private static readonly byte[] Start = [MllpBlock.Start, .. Encoding.UTF8.GetBytes("MSH|^~\\&|HIS|MYCH|HIE|MY|20261124090000||ADT^A04|"), .. new byte[1_200_000]];

    private async Task<List<TcpClient>> Begin(string address, int count)
    {
        List<TcpClient> begun = [];
        for (var i = 0; i < count; i++)
        {
            var client = await From(address);
            begun.Add(client);
            // Those that are kept waiting are not read to the end: what they have sent stands in the buffers.
            _ = client.GetStream().WriteAsync(Start).AsTask().ContinueWith(sent => sent.Exception, TaskScheduler.Default);
        }

        return begun;
    }

    private async Task<string?> SendLarge(string address, string controlId)
    {
        using var client = await From(address);
        var text = Hospital.Registration(controlId) + $"NTE|1||{new string('长', 600_000)}\r";
        using var ack = Hl7Message.Read((await Hospital.Send(client.GetStream(), Encoding.UTF8.GetBytes(text)))!).Message!;
        return ack.Get("MSA-1");
    }

    private async Task<TcpClient> From(string address)
    {
        var client = new TcpClient(new IPEndPoint(IPAddress.Parse(address), 0)) { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", hospital.Port);
        return client;
    }
}
