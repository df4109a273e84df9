using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;

namespace Health.UnitTests.Hl7v2;

public sealed class Mllp_framing
{
    [Fact]
    public async Task Frames_are_found_however_the_packets_are_cut()
    {
        byte[] stream = [.. "junk\0"u8, .. MllpWriter.Frame("first"u8), 0, (byte)'\r', .. MllpWriter.Frame("second"u8), .. MllpWriter.Frame(""u8)];
        for (var cut = 1; cut < stream.Length; cut++)
        {
            var pipe = new Pipe();
            var decoder = new MllpDecoder(pipe.Reader, 100);
            await pipe.Writer.WriteAsync(stream.AsMemory(0, cut));
            var first = decoder.Read(default);
            await pipe.Writer.WriteAsync(stream.AsMemory(cut));
            await pipe.Writer.CompleteAsync();
            Assert.Equal("first", Encoding.UTF8.GetString((await first).Body));
            Assert.Equal("second", Encoding.UTF8.GetString((await decoder.Read(default)).Body));
            Assert.Equal(MllpFrameKind.Message, (await decoder.Read(default)).Kind);
            Assert.Equal(MllpFrameKind.End, (await decoder.Read(default)).Kind);
            Assert.Equal(7, decoder.Skipped);
        }
    }

    [Theory]
    [InlineData("\vcut off", MllpFrameKind.Broken)]
    [InlineData("\vcut off\u001c", MllpFrameKind.Broken)]
    [InlineData("\vno return\u001cx", MllpFrameKind.Broken)]
    [InlineData("no start", MllpFrameKind.End)]
    [InlineData("\v0123456789012345678901234567890123456789", MllpFrameKind.TooLarge)]
    [InlineData("\v0123456789012345678901234567890123456789\u001c\r", MllpFrameKind.TooLarge)]
    public async Task A_frame_that_is_none_says_why(string text, MllpFrameKind kind)
    {
        var frame = await new MllpDecoder(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text))), 32).Read(default);
        Assert.Equal(kind, frame.Kind);
        Assert.Equal(kind == MllpFrameKind.End, frame.Problem is null);
    }

    [Fact]
    public async Task Endless_junk_is_given_up()
    {
        var frame = await new MllpDecoder(PipeReader.Create(new MemoryStream(new byte[200_000])), 32).Read(default);
        Assert.Equal(MllpFrameKind.Broken, frame.Kind);
    }

    [Fact]
    public async Task A_sender_takes_only_the_answer_to_its_own_message_and_starts_anew_after_a_foreign_one()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var connections = 0;
        using var stop = new CancellationTokenSource();
        var server = Serve();
        await using var sender = new MllpSender("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, TimeSpan.FromSeconds(10), TimeProvider.System);
        await Assert.ThrowsAsync<MllpException>(() => sender.Send(Encoding.UTF8.GetBytes(Sample.Header), default));
        var reply = await sender.Send(Encoding.UTF8.GetBytes(Sample.Header), default);
        Assert.True(reply.IsAccepted);
        Assert.Equal(2, connections);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server);

        async Task Serve()
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(stop.Token);
                connections++;
                var frame = await new MllpDecoder(PipeReader.Create(client.GetStream()), 10_000).Read(stop.Token);
                using var message = Sample.Read(frame.Body);
                var text = Encoding.UTF8.GetString(AckBuilder.Build(message, Hl7AckCode.AA, "R", DateTimeOffset.UnixEpoch, []));
                await client.GetStream().WriteAsync(MllpWriter.Frame(Encoding.UTF8.GetBytes(connections == 1 ? text.Replace("|M1", "|OLD") : text)), stop.Token);
                // Held open until the peer closes, which it must do after the foreign answer.
                if (connections == 1) Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], stop.Token));
            }
        }
    }

    [Fact]
    public async Task A_sender_without_an_answer_closes_its_socket_in_time()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var sender = new MllpSender("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, TimeSpan.FromMilliseconds(200), TimeProvider.System);
        var sending = sender.Send(Encoding.UTF8.GetBytes(Sample.Header), default);
        using var client = await listener.AcceptTcpClientAsync();
        Assert.Contains("No acknowledgement", (await Assert.ThrowsAsync<MllpException>(() => sending)).Message);
        using var drained = new MemoryStream();
        await client.GetStream().CopyToAsync(drained);
        Assert.Equal(MllpWriter.Frame(Encoding.UTF8.GetBytes(Sample.Header)), drained.ToArray());
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public async Task A_sender_of_release_2_sends_again_what_was_not_stored_a_few_times(int refusals, bool delivered)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = Serve();
        await using var sender = new MllpSender("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, TimeSpan.FromSeconds(10), TimeProvider.System) { Commits = true };
        var sending = sender.Send(Encoding.UTF8.GetBytes(Sample.Header), default);
        if (delivered) Assert.True((await sending).IsAccepted);
        else Assert.Contains("4 times", (await Assert.ThrowsAsync<MllpException>(() => sending)).Message);
        Assert.Equal(delivered, await server);

        // Whether the acknowledgement was committed.
        async Task<bool> Serve()
        {
            using var client = await listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            var decoder = new MllpDecoder(PipeReader.Create(stream), 10_000);
            var frame = await decoder.Read(default);
            for (var refused = 0; refused < refusals; refused++)
            {
                await stream.WriteAsync(MllpWriter.Commit(stored: false));
                if ((await decoder.Read(default)) is not { Kind: MllpFrameKind.Message } again) return false;
                Assert.Equal(frame.Body, again.Body);
            }

            using var message = Sample.Read(frame.Body);
            await stream.WriteAsync(MllpWriter.Commit(stored: true));
            await stream.WriteAsync(MllpWriter.Frame(AckBuilder.Build(message, Hl7AckCode.AA, "R", DateTimeOffset.UnixEpoch, [])));
            return (await decoder.Read(default)).Commit == true;
        }
    }
}
