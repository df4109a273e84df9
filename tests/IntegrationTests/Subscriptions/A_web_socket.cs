using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Subscriptions;

public sealed class A_web_socket(Database database)
{
    private const string Result = "{'status':'final','code':{'coding':[{'code':'718-7'}]}}";

    [Fact]
    public async Task is_bound_by_a_token_and_gets_what_came_before_it_and_after()
    {
        await using var host = await SubscriptionHost.Start(database);
        var id = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", null));
        await host.UntilStatus(id, "active");
        await host.Put("Observation/before", Result);
        using var socket = await Bind(host, id);
        Assert.Equal("handshake", Kind(await Receive(socket)));
        Assert.Contains("Observation/before", await Receive(socket));
        await host.Put("Observation/after", Result);
        Assert.Contains("Observation/after", await Receive(socket));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);

        // Nobody is there: it waits.
        await host.Put("Observation/meanwhile", Result);
        using var again = await Bind(host, id);
        Assert.Equal("handshake", Kind(await Receive(again)));
        var text = await Receive(again);
        Assert.Contains("Observation/meanwhile", text);
        Assert.DoesNotContain("Observation/after", text);
    }

    [Fact]
    public async Task without_a_valid_token_hears_nothing()
    {
        await using var host = await SubscriptionHost.Start(database);
        var id = await host.Create(SubscriptionHost.Subscription("Observation?code=718-7", null));
        await host.UntilStatus(id, "active");
        var (url, token) = await Token(host, id);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(url, default);
        await Send(socket, $"bind-with-token: {token[..^1]}{(token[^1] == '0' ? '1' : '0')}");
        Assert.StartsWith("error", await Receive(socket), StringComparison.Ordinal);
        await Send(socket, $"bind {id}");
        Assert.StartsWith("error", await Receive(socket), StringComparison.Ordinal);
        await host.Put("Observation/secret", Result);
        await Send(socket, $"bind-with-token: {token}");
        Assert.Equal("handshake", Kind(await Receive(socket)));
    }

    private static async Task<ClientWebSocket> Bind(SubscriptionHost host, string id)
    {
        var (url, token) = await Token(host, id);
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(url, default);
        await Send(socket, $"bind-with-token: {token}");
        return socket;
    }

    private static async Task<(Uri Url, string Token)> Token(SubscriptionHost host, string id)
    {
        var answer = (await host.Get($"Subscription/{id}/$get-ws-binding-token")).GetProperty("parameter").EnumerateArray().ToList();
        string Value(string name) => answer.Single(p => p.GetProperty("name").GetString() == name).EnumerateObject().Last().Value.GetString()!;
        return (new Uri(Value("websocket-url")), Value("token"));
    }

    private static Task Send(ClientWebSocket socket, string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);

    private static async Task<string> Receive(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var buffer = new byte[64 * 1024];
        var result = await socket.ReceiveAsync(buffer, limit.Token);
        return Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    private static string? Kind(string bundle) => JsonDocument.Parse(bundle).RootElement.GetProperty("entry")[0].GetProperty("resource").GetProperty("parameter").EnumerateArray()
        .Where(p => p.GetProperty("name").GetString() == "type").Select(p => p.GetProperty("valueCode").GetString()).Single();
}
