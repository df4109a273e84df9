using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace Health.IntegrationTests.Cards;

public sealed class The_local_API_of_the_desk
{
    private static readonly string[] Paths = ["/api/state", "/api/events", "/api/receipts/x"];

    [Fact]
    public async Task refuses_who_has_no_token_or_a_wrong_one()
    {
        await using var clinic = await Clinic.Open();
        using var stranger = new HttpClient { BaseAddress = clinic.Http.BaseAddress };
        foreach (var path in Paths) Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync(path)).StatusCode);
        foreach (var action in (string[])["register", "pre-settlement", "pay", "close"])
            Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsJsonAsync($"/api/visit/{action}", new { feeLines = Array.Empty<object>() })).StatusCode);
        stranger.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new string('0', 64));
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/api/state")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await clinic.Http.GetAsync("/api/state")).StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("null")]
    public async Task refuses_a_foreign_page_even_with_the_token(string origin)
    {
        await using var clinic = await Clinic.Open();
        Assert.Equal(HttpStatusCode.Forbidden, (await Send(clinic, "/api/state", origin)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Send(clinic, "/chip", origin)).StatusCode);
    }

    [Fact]
    public async Task serves_a_page_on_the_list()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        await clinic.StartAgent("--Agent:AllowedOrigins:0=https://his.example");
        var answer = await Send(clinic, "/api/state", "https://his.example");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("https://his.example", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
    }

    [Fact]
    public async Task refuses_a_name_that_was_pointed_at_this_machine()
    {
        await using var clinic = await Clinic.Open();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/state") { Headers = { Host = "rebound.example" } };
        Assert.Equal(HttpStatusCode.Forbidden, (await clinic.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task pairs_its_page_once_for_the_code_and_gives_up_after_five_wrong_ones()
    {
        await using var clinic = await Clinic.Open();
        using var page = new HttpClient { BaseAddress = clinic.Http.BaseAddress };
        Assert.Equal(HttpStatusCode.OK, (await page.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await page.GetAsync("/api/state")).StatusCode);
        for (var attempt = 0; attempt < 6; attempt++) Assert.Equal(HttpStatusCode.Forbidden, (await page.PostAsJsonAsync("/pair", new { code = "not it" })).StatusCode);
        Assert.Null(clinic.PairingCode);

        await clinic.StopAgent();
        await clinic.StartAgent();
        using var again = new HttpClient { BaseAddress = clinic.Http.BaseAddress };
        var code = clinic.PairingCode;
        Assert.Equal(HttpStatusCode.NoContent, (await again.PostAsJsonAsync("/pair", new { code })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await again.GetAsync("/api/state")).StatusCode);
        using var late = new HttpClient { BaseAddress = clinic.Http.BaseAddress };
        Assert.Equal(HttpStatusCode.Forbidden, (await late.PostAsJsonAsync("/pair", new { code })).StatusCode);
    }

    [Fact]
    public async Task streams_every_change_as_an_event()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Identified();
        using var stream = await clinic.Http.GetStreamAsync("/api/events");
        using var reader = new StreamReader(stream);
        Assert.Equal("event: state", await reader.ReadLineAsync());
        Assert.Contains("\"maskedName\"", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task writes_no_name_and_no_number_to_its_files()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Quote();
        (await clinic.Pay()).EnsureSuccessStatusCode();
        await clinic.StopAgent();
        foreach (var file in Directory.GetFiles(Path.Combine(clinic.Folder, "agent"), "*", SearchOption.AllDirectories))
        {
            var text = await File.ReadAllTextAsync(file);
            Assert.DoesNotContain(Chips.Name, text);
            Assert.DoesNotContain("510799199001010018", text);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    private static async Task<HttpResponseMessage> Send(Clinic clinic, string path, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Origin", origin);
        return await clinic.Http.SendAsync(request);
    }
}
