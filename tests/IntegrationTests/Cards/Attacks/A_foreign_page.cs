using System.Net;
using System.Net.WebSockets;

namespace Health.IntegrationTests.Cards.Attacks;

/// <summary>A web page that the clerk's browser has open tries the desk's local API: over HTTP and over a WebSocket, which no CORS rule stops.</summary>
public sealed class A_foreign_page
{
    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("http://localhost")]
    [InlineData("null")]
    public async Task gets_no_socket_even_with_the_token(string origin)
    {
        await using var clinic = await Clinic.Open();
        Assert.Equal(HttpStatusCode.Forbidden, await Refusal(clinic, clinic.Token, origin));
    }

    [Fact]
    public async Task gets_no_socket_by_a_name_that_was_pointed_at_this_machine()
    {
        await using var clinic = await Clinic.Open();
        Assert.Equal(HttpStatusCode.Forbidden, await Refusal(clinic, clinic.Token, host: "rebound.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await Refusal(clinic, clinic.Token, "http://rebound.example", "rebound.example"));
    }

    [Fact]
    public async Task without_the_token_gets_no_socket_and_moves_no_money()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        Assert.Equal(HttpStatusCode.Unauthorized, await Refusal(clinic, null));
        Assert.Equal(HttpStatusCode.Unauthorized, await Refusal(clinic, new string('0', 64)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/visit/pay") { Content = new StringContent("{}") };
        request.Headers.Add("Origin", "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, (await clinic.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
    }

    [Fact]
    public async Task on_the_list_gets_its_socket()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        await clinic.StartAgent("--Agent:AllowedOrigins:0=https://his.example");
        await using var page = await LocalSocket.Open(clinic, clinic.Token, "https://his.example", tokenAsProtocol: true);
        await page.Event("desk");
    }

    /// <summary>The status a handshake is refused with; fails when it is not.</summary>
    internal static async Task<HttpStatusCode> Refusal(Clinic clinic, string? token, string? origin = null, string? host = null, string protocol = CardAgent.Api.DeskSocket.Protocol)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.AddSubProtocol(protocol);
        if (token is not null) socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        if (host is not null) socket.Options.SetRequestHeader("Host", host);
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://{clinic.Http.BaseAddress!.Authority}/ws"), TestContext.Current.CancellationToken));
        return socket.HttpStatusCode;
    }
}
