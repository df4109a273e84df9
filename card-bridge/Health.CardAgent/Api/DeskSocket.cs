using System.Net.WebSockets;
using System.Threading.Channels;
using Health.CardAgent.Desk;

namespace Health.CardAgent.Api;

/// <summary>
/// <c>GET /ws</c> (subprotocol <c>health-desk.v1</c>): events and commands for the hospital's own program. A message has at most 64 KiB of UTF-8 text; a program has
/// at most 16 commands waiting and may lag 256 messages behind, then it is cut off: it learns that it missed something, and asks for <c>state</c>.
/// </summary>
public sealed class DeskSocket(DeskFeed feed, SocketCommands commands, IHostApplicationLifetime life, ILogger<DeskSocket> log)
{
    public const string Protocol = "health-desk.v1";
    private const int MostBytes = 64 * 1024, MostCommands = 16, MostAnswers = 256, MostSockets = 8;
    private static readonly DeskRefusal Busy = new(429, "命令太多，请等待前面的结果", "Too many commands are waiting");
    private int open;

    public static void Map(IEndpointRouteBuilder routes) => routes.Map("/ws", (HttpContext http, DeskSocket socket, Pairing pairing) => socket.Serve(http, pairing));

    private async Task<IResult> Serve(HttpContext http, Pairing pairing)
    {
        if (!http.WebSockets.IsWebSocketRequest) return Results.Problem("这是 WebSocket 接口", title: "This is a WebSocket", statusCode: 400);
        if (!pairing.Admits(http.Request) && !pairing.AdmitsProtocols(http.WebSockets.WebSocketRequestedProtocols)) return Results.Problem("未配对：需要配对令牌", title: "Not paired: a pairing token is needed", statusCode: 401);
        if (!http.WebSockets.WebSocketRequestedProtocols.Contains(Protocol)) return Results.Problem($"需要子协议 {Protocol}", title: $"Subprotocol {Protocol} is needed", statusCode: 400);
        if (Interlocked.Increment(ref open) > MostSockets)
        {
            Interlocked.Decrement(ref open);
            return Results.Problem("连接太多", title: "Too many connections", statusCode: 503);
        }
        try
        {
            using var socket = await http.WebSockets.AcceptWebSocketAsync(Protocol);
            await Converse(socket, http.RequestAborted);
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
        return Results.Empty;
    }

    private async Task Converse(WebSocket socket, CancellationToken aborted)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(aborted, life.ApplicationStopping);
        var follower = feed.Follow();
        var outgoing = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostAnswers) { SingleReader = true });
        var waiting = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostCommands) { SingleReader = true, SingleWriter = true });
        outgoing.Writer.TryWrite(SocketMessages.Hello(feed.Now));
        var working = Task.WhenAll(Send(socket, outgoing.Reader, end), Tell(follower, outgoing, end.Token), Work(waiting.Reader, outgoing, end.Token));
        try
        {
            await Receive(socket, waiting.Writer, outgoing, end.Token);
        }
        catch (Exception gone) when (gone is OperationCanceledException or WebSocketException)
        {
            log.LogDebug("The socket of a program ended: {Reason}", gone.GetType().Name);
        }
        finally
        {
            feed.Leave(follower);
            waiting.Writer.TryComplete();
            await end.CancelAsync();
            await working;
        }
    }

    private static async Task Receive(WebSocket socket, ChannelWriter<byte[]> commands, Channel<byte[]> outgoing, CancellationToken ct)
    {
        var buffer = new byte[MostBytes];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                if (length == buffer.Length)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, "At most 64 KiB a message.", ct);
                    return;
                }
                part = await socket.ReceiveAsync(buffer.AsMemory(length), ct);
                length += part.Count;
            }
            while (!part.EndOfMessage);
            switch (part.MessageType)
            {
                case WebSocketMessageType.Close:
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, ct);
                    return;
                case WebSocketMessageType.Binary:
                    await socket.CloseOutputAsync(WebSocketCloseStatus.InvalidMessageType, "Text messages only.", ct);
                    return;
            }
            var message = buffer[..length];
            if (!commands.TryWrite(message)) await outgoing.Writer.WriteAsync(SocketMessages.Refused(IdOf(message), Busy), ct);
        }
    }

    // A command that was begun is carried out even if the program hangs up: money work is never cut in half.
    private async Task Work(ChannelReader<byte[]> waiting, Channel<byte[]> outgoing, CancellationToken ct)
    {
        await foreach (var message in waiting.ReadAllAsync(CancellationToken.None))
        {
            if (ct.IsCancellationRequested) return;
            byte[] answer;
            try
            {
                answer = await commands.Answer(message);
            }
            catch (Exception failure) when (!life.ApplicationStopping.IsCancellationRequested)
            {
                log.LogError(failure, "A command of the local socket failed");
                answer = SocketMessages.Refused(IdOf(message), new DeskRefusal(500, "内部错误，已记录", "Internal error, logged"));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (!outgoing.Writer.TryWrite(answer)) return;
        }
    }

    private static async Task Tell(ChannelReader<DeskEvent> follower, Channel<byte[]> outgoing, CancellationToken ct)
    {
        try
        {
            await foreach (var happened in follower.ReadAllAsync(ct))
                if (!outgoing.Writer.TryWrite(SocketMessages.Event(happened))) break;
            outgoing.Writer.TryComplete();
        }
        catch (InvalidOperationException)
        {
            // Too slow: the rest is sent, then the socket is closed.
            outgoing.Writer.TryComplete();
        }
        catch (OperationCanceledException)
        {
            outgoing.Writer.TryComplete();
        }
    }

    private static async Task Send(WebSocket socket, ChannelReader<byte[]> outgoing, CancellationTokenSource end)
    {
        try
        {
            await foreach (var message in outgoing.ReadAllAsync(end.Token)) await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, end.Token);
            if (socket.State == WebSocketState.Open) await socket.CloseOutputAsync(WebSocketCloseStatus.PolicyViolation, "Too far behind: connect again and ask for the state.", end.Token);
        }
        catch (Exception gone) when (gone is OperationCanceledException or WebSocketException)
        {
            // The other side or the agent ended.
        }
        await end.CancelAsync();
    }

    private static string? IdOf(byte[] message)
    {
        try
        {
            return SocketMessages.Request(message)?.Id;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
