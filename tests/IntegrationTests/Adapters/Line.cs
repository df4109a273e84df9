using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;

namespace Health.IntegrationTests.Adapters;

/// <summary>One MLLP connection, as its peer speaks and hears it.</summary>
internal sealed class Line(TcpClient client) : IDisposable
{
    private readonly MllpDecoder decoder = new(PipeReader.Create(client.GetStream()), 1_000_000);

    public static async Task<Line> To(int port)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port);
        return new Line(client);
    }

    public Task Say(string message) => Say(MllpWriter.Frame(Encoding.UTF8.GetBytes(message)));

    public async Task Say(byte[] frame) => await client.GetStream().WriteAsync(frame);

    public async Task<Hl7Message> Hear() => Hl7Message.Read((await HearFrame()).Body).Message!;

    public async Task<MllpFrame> HearFrame()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await decoder.Read(limit.Token);
    }

    public void Dispose() => client.Dispose();
}
