using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Health.IntegrationTests.Adapters;

/// <summary>The hospital simulator as a program of its own: it shares no code with the platform, and sends again what is not acknowledged.</summary>
internal sealed class HospitalSimulator : IAsyncDisposable
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly HttpClient http;

    private HospitalSimulator(Process process, Uri address)
    {
        this.process = process;
        http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
    }

    public static async Task<HospitalSimulator> Start()
    {
        var start = new ProcessStartInfo(Program(), ["--urls=http://127.0.0.1:0"]) { RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(StartsWithin);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            if (line.StartsWith("ready", StringComparison.Ordinal)) return new HospitalSimulator(process, new Uri(line[(line.IndexOf("http", StringComparison.Ordinal))..]));
        throw new InvalidOperationException("The hospital simulator ended before it was ready.");
    }

    /// <summary>One of its scenarios, such as <c>admission</c>; the outcome of its last attempt.</summary>
    public Task<string> Play(string scenario, int port, object request) => Post($"/scenarios/{scenario}", port, request);

    /// <summary>A text as it is, segments on lines.</summary>
    public Task<string> Send(int port, string text, string charset = "UTF-8") => Post("/mllp/send", port, new { text, charset });

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private async Task<string> Post(string path, int port, object request)
    {
        var body = JsonSerializer.SerializeToNode(request, JsonSerializerOptions.Web)!.AsObject();
        (body["host"], body["port"]) = ("127.0.0.1", port);
        using var answer = await http.PostAsJsonAsync(path, body);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("attempts").EnumerateArray().Last().GetProperty("outcome").GetString()!;
    }

    /// <summary>tests/Simulators/Hospital/bin/CONFIGURATION/net10.0 beside tests/IntegrationTests/bin/CONFIGURATION/net10.0.</summary>
    private static string Program()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(own.Parent!.Parent!.Parent!.Parent!.FullName, "Simulators", "Hospital", "bin", own.Parent.Name, own.Name, "Hospital");
    }
}
