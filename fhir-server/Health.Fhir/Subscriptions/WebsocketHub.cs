using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Health.Fhir.Subscriptions;

/// <summary>
/// The web sockets that are open. A client sends <c>bind-with-token: TOKEN</c>; from then on it is sent the notifications of the subscriptions
/// the token names, first a handshake each. What is not sent because nobody is connected stays due.
/// http://hl7.org/fhir/uv/subscriptions-backport/channels.html#websockets
/// </summary>
public sealed class WebsocketHub(BindingToken tokens, DeliveryWakeup deliveries, SubscriptionOptions options)
{
    private const int LongestMessage = 16 * 1024, MostSockets = 1000;
    private static readonly TimeSpan BindWithin = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<Client, byte> clients = new();

    private sealed class Client(WebSocket socket) : IDisposable
    {
        private readonly SemaphoreSlim turn = new(1);

        public WebSocket Socket => socket;
        public ConcurrentDictionary<string, byte> Bound { get; } = new();

        /// <summary>Bound, and not greeted yet.</summary>
        public ConcurrentQueue<string> New { get; } = new();

        public async Task Send(ReadOnlyMemory<byte> text, CancellationToken ct)
        {
            await turn.WaitAsync(ct);
            try
            {
                await socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, ct);
            }
            finally
            {
                turn.Release();
            }
        }

        public void Dispose() => turn.Dispose();
    }

    public bool IsConnected(string subscriptionId) => clients.Keys.Any(client => client.Socket.State == WebSocketState.Open && client.Bound.ContainsKey(subscriptionId));

    /// <summary>True when a client that was bound since the last call waits for its handshake.</summary>
    public bool TakeNew(string subscriptionId)
    {
        var isNew = false;
        foreach (var client in clients.Keys)
        {
            for (var i = client.New.Count; i > 0 && client.New.TryDequeue(out var id); i--)
            {
                if (id == subscriptionId) isNew = true;
                else client.New.Enqueue(id);
            }
        }

        return isNew;
    }

    /// <summary>Sends to every client of the subscription; delivered when one has it.</summary>
    /// <exception cref="NotDeliveredException">No client has it.</exception>
    public async Task Send(string subscriptionId, ReadOnlyMemory<byte> text, CancellationToken ct)
    {
        var taken = 0;
        foreach (var client in clients.Keys.Where(client => client.Bound.ContainsKey(subscriptionId)))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(options.Timeout);
            try
            {
                await client.Send(text, limit.Token);
                taken++;
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException && !ct.IsCancellationRequested)
            {
                // A client that does not read is let go: it finds what it missed by $events.
                clients.TryRemove(client, out _);
                client.Socket.Abort();
            }
        }

        if (taken == 0) throw new NotDeliveredException("No web socket is connected.");
    }

    public async Task Serve(HttpContext http)
    {
        if (!http.WebSockets.IsWebSocketRequest || clients.Count >= MostSockets)
        {
            http.Response.StatusCode = http.WebSockets.IsWebSocketRequest ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status400BadRequest;
            return;
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        using var client = new Client(socket);
        clients[client] = 0;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(BindWithin);
        try
        {
            while (await Receive(socket, limit.Token) is { } message)
            {
                if (await Answer(client, message, limit.Token)) limit.CancelAfter(Timeout.InfiniteTimeSpan);
            }

            if (socket.State == WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, http.RequestAborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The client went away, or never said what it wants.
        }
        finally
        {
            clients.TryRemove(client, out _);
        }
    }

    /// <returns>True when the client is bound to something now.</returns>
    private async Task<bool> Answer(Client client, string message, CancellationToken ct)
    {
        const string Bind = "bind-with-token:";
        if (!message.StartsWith(Bind, StringComparison.Ordinal) || tokens.Read(message[Bind.Length..].Trim()) is not { } subscriptions)
        {
            await client.Send(Encoding.UTF8.GetBytes("error: send 'bind-with-token: TOKEN' with a token of $get-ws-binding-token that has not expired."), ct);
            return !client.Bound.IsEmpty;
        }

        foreach (var id in subscriptions)
        {
            client.Bound[id] = 0;
            client.New.Enqueue(id);
        }

        deliveries.Set();
        return true;
    }

    private static async Task<string?> Receive(WebSocket socket, CancellationToken ct)
    {
        var buffer = new byte[LongestMessage];
        var length = 0;
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer.AsMemory(length), ct);
            if (result.MessageType == WebSocketMessageType.Close) return null;
            length += result.Count;
            if (result.EndOfMessage) return Encoding.UTF8.GetString(buffer, 0, length);
            if (length < buffer.Length) continue;
            await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, null, ct);
            return null;
        }
    }
}
