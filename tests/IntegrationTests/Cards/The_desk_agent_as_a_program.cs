using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using Health.CardAgent;
using Health.CardAgent.Desk;
using Health.Cards;

namespace Health.IntegrationTests.Cards;

/// <summary>The agent and the chip as processes of their own, ended the hard way.</summary>
public sealed class The_desk_agent_as_a_program(A_virtual_reader reader)
{
    [Theory]
    [InlineData("/debit/intent", false)]
    [InlineData("/debit/outcome", true)]
    [InlineData("/settlement", true)]
    public async Task that_is_killed_while_it_waits_for_the_platform_charges_once_and_settles(string moment, bool charged)
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        var (reached, go) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        clinic.Platform.Hold = (moment, reached, go);
        using (var agent = await Running.Agent(clinic))
        {
            await agent.Until(view => view.Card is { State: "identified" });
            await agent.Post("register");
            await agent.Http.PostAsJsonAsync("/api/visit/pre-settlement", new { feeLines = new[] { new { code = "GH001", name = "挂号", quantity = 1, amountFen = 5_000 } } });
            var paying = agent.Post("pay");
            await reached.Task.WaitAsync(TimeSpan.FromSeconds(60));
            agent.Kill();
            await Assert.ThrowsAnyAsync<Exception>(() => paying);
        }
        clinic.Platform.Hold = null;
        go.SetResult();
        Assert.Equal(charged ? 50_000 - 2_180 : 50_000, clinic.Chip.Purse.BalanceFen);

        using var again = await Running.Agent(clinic);
        if (!charged)
        {
            await again.Until(view => view is { Visit.Stage: VisitStage.PreSettled, Unreported: 0, Card.State: "identified" });
            Assert.Equal(HttpStatusCode.OK, (await again.Post("pay")).StatusCode);
        }
        await again.Until(view => view.Visit!.Stage == VisitStage.Settled);
        Assert.Equal(50_000 - 2_180, clinic.Chip.Purse.BalanceFen);
        Assert.Equal(1, clinic.Platform.Visits.Values.Single().Settlements);
    }

    [Fact]
    public async Task serves_a_card_on_a_real_reader_that_is_pulled_while_it_pays()
    {
        await using var loan = await reader.Take();
        await using var clinic = await Clinic.Open("pcsc", startAgent: false);
        using var chip = await Running.Chip(clinic);
        using var agent = await Running.Agent(clinic);
        (await chip.Http.PostAsJsonAsync("/chip/insert", new { image = "chip.json" })).EnsureSuccessStatusCode();
        await agent.Until(view => view.Card is { State: "identified", Apdus: <= 13 });
        await agent.Post("register");
        await agent.Http.PostAsJsonAsync("/api/visit/pre-settlement", new { feeLines = new[] { new { code = "GH001", name = "挂号", quantity = 1, amountFen = 5_000 } } });
        (await chip.Http.PostAsJsonAsync("/chip/tear", new { point = "AfterExecution", instruction = "54" })).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Conflict, (await agent.Post("pay")).StatusCode);
        await agent.Until(view => view is { Visit.Stage: VisitStage.Unknown, Undecided.Count: 1, Card.Present: false });
        await chip.Http.PostAsJsonAsync("/chip/insert", new { image = "chip.json" });
        await agent.Until(view => view is { Visit.Stage: VisitStage.Settled, Undecided.Count: 0 });
        Assert.Equal(50_000 - 2_180, clinic.Chip.Purse.BalanceFen);
        Assert.Equal(["unknown", "proved-charged"], clinic.Platform.Visits.Values.Single().Outcomes.Select(outcome => outcome.Outcome));
    }

    [Fact]
    public async Task says_in_one_line_which_setting_is_wrong()
    {
        using var process = Running.Start("--Agent:DeskId=x");
        var line = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("Agent:TerminalNo", line);
    }

    private sealed class Running(Process process, HttpClient http) : IDisposable
    {
        public HttpClient Http => http;

        public static Process Start(params string[] arguments)
        {
            var info = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
            info.ArgumentList.Add(typeof(AgentSettings).Assembly.Location);
            foreach (var argument in arguments) info.ArgumentList.Add(argument);
            return Process.Start(info)!;
        }

        public static async Task<Running> Agent(Clinic clinic)
        {
            var port = FreePort();
            var running = await Ready(Start(clinic.Arguments(port)), port);
            running.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await File.ReadAllTextAsync(Path.Combine(clinic.Folder, "agent", "pairing-token")));
            return running;
        }

        public static Task<Running> Chip(Clinic clinic)
        {
            var port = FreePort();
            return Ready(Start("chip", "--folder", clinic.Folder, "--vpcd-port", A_virtual_reader.Port.ToString(), "--control-port", port.ToString(), "--Agent:Development=true"), port);
        }

        public Task<HttpResponseMessage> Post(string action) => http.PostAsJsonAsync($"/api/visit/{action}", new { });

        public async Task Until(Func<DeskView, bool> shows)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            var last = "";
            try
            {
                using var stream = await http.GetStreamAsync("/api/events", limit.Token);
                await foreach (var item in System.Net.ServerSentEvents.SseParser.Create(stream).EnumerateAsync(limit.Token))
                {
                    last = item.Data;
                    if (shows(System.Text.Json.JsonSerializer.Deserialize<DeskView>(item.Data, Clinic.Json)!)) return;
                }
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                Assert.Fail($"Not shown: {last}");
            }
            Assert.Fail("The agent ended its stream.");
        }

        public void Kill() => process.Kill();

        public void Dispose()
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
            http.Dispose();
        }

        private static async Task<Running> Ready(Process process, int port)
        {
            _ = process.StandardError.ReadToEndAsync();
            while (await process.StandardOutput.ReadLineAsync() is { } line)
                if (line.StartsWith("ready", StringComparison.Ordinal))
                {
                    _ = process.StandardOutput.ReadToEndAsync();
                    return new Running(process, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(90) });
                }
            throw new InvalidOperationException("The program ended before it was ready.");
        }

        private static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}
