using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Health.IntegrationTests.Subscriptions;

/// <summary>How a receiver takes one call.</summary>
public enum Taking { Take, Refuse, Drop, TakeAndDrop }

/// <summary>A call as it came in.</summary>
public sealed record Call(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public IReadOnlyList<JsonElement> Status => [.. Json.GetProperty("entry")[0].GetProperty("resource").GetProperty("parameter").EnumerateArray()];

    public string? Value(string name) => Status.Where(parameter => parameter.GetProperty("name").GetString() == name)
        .Select(parameter => parameter.EnumerateObject().First(member => member.Name.StartsWith("value", StringComparison.Ordinal)).Value.ToString()).FirstOrDefault();

    public string? Kind => Body.Length == 0 ? null : Value("type");

    public IReadOnlyList<long> Numbers => [.. Status.Where(parameter => parameter.GetProperty("name").GetString() == "notification-event")
        .Select(parameter => long.Parse(parameter.GetProperty("part")[0].GetProperty("valueString").GetString()!))];

    /// <summary>Type/id of each event's focus.</summary>
    public IReadOnlyList<string> Focuses => [.. Status.Where(parameter => parameter.GetProperty("name").GetString() == "notification-event")
        .SelectMany(parameter => parameter.GetProperty("part").EnumerateArray()).Where(part => part.GetProperty("name").GetString() == "focus")
        .Select(part => string.Join('/', part.GetProperty("valueReference").GetProperty("reference").GetString()!.Split('/')[^2..]))];
}

/// <summary>A subscriber's own server, which can refuse, and drop connections before or after it has taken what came.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Lock guard = new();
    private readonly List<Call> taken = [];
    private readonly List<(Func<IReadOnlyList<Call>, bool> When, TaskCompletionSource Done)> waiting = [];
    private int calls;

    private Receiver(WebApplication app) => this.app = app;

    public string Url { get; private set; } = "";

    /// <summary>What to do with the n-th call (from 1).</summary>
    public Func<int, Taking> Behaviour { get; set; } = _ => Taking.Take;

    public int Calls => Volatile.Read(ref calls);

    public IReadOnlyList<Call> Taken
    {
        get { lock (guard) return [.. taken]; }
    }

    public IEnumerable<Call> Events => Taken.Where(call => call.Kind == "event-notification");

    public static async Task<Receiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var receiver = new Receiver(builder.Build());
        receiver.app.Urls.Add("http://127.0.0.1:0");
        receiver.app.Run(receiver.Handle);
        await receiver.app.StartAsync();
        receiver.Url = receiver.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return receiver;
    }

    /// <summary>Waits until what was taken fulfils a condition.</summary>
    public async Task Until(Func<IReadOnlyList<Call>, bool> when)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (guard)
        {
            if (when(taken)) return;
            waiting.Add((when, done));
        }

        try
        {
            await done.Task.WaitAsync(TimeSpan.FromSeconds(120));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Not in time; taken: {string.Join("\n", Taken.TakeLast(5))}");
        }
    }

    public Task UntilEvents(int count) => Until(calls => calls.Where(call => call.Kind == "event-notification").SelectMany(call => call.Numbers).Distinct().Count() >= count);

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task Handle(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        var taking = Behaviour(Interlocked.Increment(ref calls));
        if (taking is Taking.Take or Taking.TakeAndDrop) Note(new Call(http.Request.Method, http.Request.Path, http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()), body));
        if (taking is Taking.Drop or Taking.TakeAndDrop) http.Abort();
        else http.Response.StatusCode = taking == Taking.Take ? 200 : 503;
    }

    private void Note(Call call)
    {
        lock (guard)
        {
            taken.Add(call);
            foreach (var (_, done) in waiting.Where(wait => wait.When(taken)).ToList()) done.TrySetResult();
        }
    }
}
