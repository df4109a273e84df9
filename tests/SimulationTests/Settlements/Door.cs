using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Health.SimulationTests.Settlements;

/// <summary>
/// The bridge's door as a desk uses it: a call without an answer is made again until there is one. The door is another one when the process manager was dropped meanwhile.
/// </summary>
public sealed class Door(ProcessManager manager, string visitTx, FaultKind fault, Random random)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Pause = TimeSpan.FromMilliseconds(40);
    private bool isFaultSpent = fault.Party != Party.Desk;

    public async Task<(HttpStatusCode Status, JsonElement Body)> Post(string call, string path, object body)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(Pause);
        var harmed = !isFaultSpent && fault.Point == call;
        if (harmed)
        {
            isFaultSpent = true;
            if (fault.Mode == "hangs up") await HangUp(path, body);
            else return (await Task.WhenAll(Again(), Again()))[1];
        }
        return await Again();

        async Task<(HttpStatusCode, JsonElement)> Again()
        {
            while (true)
            {
                if (await Try(path, body, patience.Token) is { } answer) return answer;
                await timer.WaitForNextTickAsync(patience.Token);
            }
        }
    }

    public async Task<JsonElement> Show()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(Pause);
        while (true)
        {
            if (await Try($"card/visits/{Uri.EscapeDataString(visitTx)}", null, patience.Token) is { } answer)
                return answer.Item1 == HttpStatusCode.OK ? answer.Item2 : throw new InvalidOperationException($"{visitTx}: {(int)answer.Item1} {answer.Item2}");
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    public static string Step(string visitTx, string step) => $"card/visits/{Uri.EscapeDataString(visitTx)}/{step}";

    // Null: nobody knows; ask again.
    private async Task<(HttpStatusCode, JsonElement)?> Try(string path, object? body, CancellationToken ct)
    {
        try
        {
            var http = await manager.Desk();
            using var answer = body is null ? await http.GetAsync(path, ct) : await http.PostAsJsonAsync(path, body, ct);
            if ((int)answer.StatusCode >= 500) return null;
            var text = await answer.Content.ReadAsStringAsync(ct);
            return (answer.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
        }
        catch (Exception silence) when (silence is HttpRequestException or IOException or ObjectDisposedException || (silence is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task HangUp(string path, object body)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(0, 40)));
        await Record(async () =>
        {
            using var answer = await (await manager.Desk()).PostAsJsonAsync(path, body, soon.Token);
        });

        static async Task Record(Func<Task> call)
        {
            try
            {
                await call();
            }
            catch (Exception cut) when (cut is OperationCanceledException or HttpRequestException or IOException)
            {
                // That is the fault.
            }
        }
    }
}
