using System.Text.Json;

namespace Health.SimulationTests.Settlements;

/// <summary>The process manager's own wire to the parties outside: at a chosen message it loses its process or its database before it asks, or with the answer in its hand.</summary>
public sealed class Wire(Func<bool, Task> harm) : DelegatingHandler(new SocketsHttpHandler())
{
    private FaultKind? planned;

    /// <summary>The next message of that kind is met, once.</summary>
    public void Plan(FaultKind fault) => Volatile.Write(ref planned, fault);

    public bool IsSpent => Volatile.Read(ref planned) is null;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var fault = Volatile.Read(ref planned);
        if (fault is null || !await IsMet(fault, request, cancellationToken) || Interlocked.CompareExchange(ref planned, null, fault) != fault) return await base.SendAsync(request, cancellationToken);
        if (fault.Mode.EndsWith("-before", StringComparison.Ordinal))
        {
            await Harm(fault, cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }
        var answer = await base.SendAsync(request, cancellationToken);
        await answer.Content.LoadIntoBufferAsync(cancellationToken);
        await Harm(fault, cancellationToken);
        return answer;
    }

    private async Task Harm(FaultKind fault, CancellationToken ct)
    {
        var drops = fault.Mode.StartsWith("drop-", StringComparison.Ordinal);
        await harm(drops);
        // A process that ended does nothing more.
        if (drops) await Task.Delay(Timeout.Infinite, ct);
    }

    private static async Task<bool> IsMet(FaultKind fault, HttpRequestMessage request, CancellationToken ct)
    {
        var path = request.RequestUri!.AbsolutePath;
        switch (fault.Party)
        {
            case Party.Insurer when path == "/fsi/api":
                using (var body = JsonDocument.Parse(await request.Content!.ReadAsByteArrayAsync(ct)))
                    return body.RootElement.GetProperty("infno").GetString() == fault.Point;
            case Party.CityCard: return path == $"/{fault.Point}";
            case Party.Acquirer:
                return fault.Point switch
                {
                    "pay" => path == "/orders",
                    "query" => request.Method == HttpMethod.Get && path.StartsWith("/orders/", StringComparison.Ordinal),
                    "close" => path.EndsWith("/close", StringComparison.Ordinal),
                    _ => path == "/refunds",
                };
            case Party.His when path == "/his/settlements":
                return (await request.Content!.ReadAsStringAsync(ct)).Contains("-R\"", StringComparison.Ordinal) == (fault.Point == "red");
            default: return false;
        }
    }
}
