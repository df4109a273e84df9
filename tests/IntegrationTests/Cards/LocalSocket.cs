using System.Net.WebSockets;
using System.Text.Json;
using Health.CardAgent.Api;

namespace Health.IntegrationTests.Cards;

/// <summary>A hospital's own program on the local socket.</summary>
internal sealed class LocalSocket : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ClientWebSocket socket;
    private readonly List<JsonElement> passed = [];
    private int ids;

    private LocalSocket(ClientWebSocket socket) => this.socket = socket;

    public ClientWebSocket Raw => socket;

    /// <param name="tokenAsProtocol">As a page names it, which cannot set a header.</param>
    public static async Task<LocalSocket> Open(Clinic clinic, string token, string? origin = null, bool tokenAsProtocol = false)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(DeskSocket.Protocol);
        if (tokenAsProtocol) socket.Options.AddSubProtocol($"bearer.{token}");
        else socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        using var limit = new CancellationTokenSource(Patience);
        await socket.ConnectAsync(new Uri($"ws://{clinic.Http.BaseAddress!.Authority}/ws"), limit.Token);
        return new LocalSocket(socket);
    }

    /// <summary>Sends a command and gives its answer; events that come before are kept for <see cref="Event"/>.</summary>
    public async Task<JsonElement> Ask(string command, object? body = null)
    {
        var id = $"t{++ids}";
        await Send(JsonSerializer.Serialize(new { v = 1, id, command, body }));
        while (true)
        {
            var message = await Next();
            if (message.TryGetProperty("id", out var answered) && answered.GetString() == id) return message;
            passed.Add(message);
        }
    }

    /// <summary>The data of the next event of this name.</summary>
    public async Task<JsonElement> Event(string name)
    {
        while (true)
        {
            var message = passed.Count > 0 ? passed[0] : await Next();
            if (passed.Count > 0) passed.RemoveAt(0);
            if (message.TryGetProperty("event", out var happened) && happened.GetString() == name) return message.GetProperty("data");
        }
    }

    public async Task Send(string text)
    {
        using var limit = new CancellationTokenSource(Patience);
        await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, limit.Token);
    }

    public async Task<JsonElement> Next() => await Receive() ?? throw new InvalidOperationException($"The socket was closed: {socket.CloseStatus} {socket.CloseStatusDescription}");

    /// <summary>Null when the desk closed the socket.</summary>
    public async Task<JsonElement?> Receive()
    {
        using var limit = new CancellationTokenSource(Patience);
        using var whole = new MemoryStream();
        var buffer = new byte[16 * 1024];
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, limit.Token);
            if (part.MessageType == WebSocketMessageType.Close) return null;
            whole.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonDocument.Parse(whole.ToArray()).RootElement;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
