using System.Net.Http.Headers;
using System.Text;
using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>The smoke table: intake, create and read beside the floor at 1 and 16 clients. Targets are those of the issues that deepen each part.</summary>
public static class SmokeBench
{
    private const int MllpConnections = 32;
    private static readonly int[] ClientCounts = [1, 16];

    public static async IAsyncEnumerable<BenchRow> Run(RunningPlatform platform)
    {
        await using var floor = await Floor.Create(platform.PostgresFolder);
        using var fhir = await platform.Client("demo-hospital");
        foreach (var clients in ClientCounts)
        {
            var inserts = await floor.Inserts(clients);
            yield return new BenchRow($"floor: one-row commit, {clients} clients", inserts.PerSecond, "1/s");
            var creates = await Load.Run(clients, client => Task.FromResult<Func<int, Task>>(number => Create(fhir, client, number)));
            yield return BenchRow.Against($"FHIR create Observation, {clients} clients", creates, inserts, clients == 1 ? 0.4 : 0.7);
            yield return new BenchRow($"FHIR create p99, {clients} clients", creates.Percentile(0.99), "ms");

            var selects = await floor.Selects(clients);
            yield return new BenchRow($"floor: indexed select, {clients} clients", selects.PerSecond, "1/s");
            var id = await Create(fhir, 99, clients);
            var reads = await Load.Run(clients, _ => Task.FromResult<Func<int, Task>>(_ => Read(fhir, id)));
            yield return BenchRow.Against($"FHIR read by id, {clients} clients", reads, selects);
            yield return new BenchRow($"FHIR read p99, {clients} clients", reads.Percentile(0.99), "ms");
        }

        var run = Guid.NewGuid().ToString("N")[..8];
        var messages = await Load.Run(MllpConnections, client =>
        {
            var mllp = new MllpClient(platform.MllpPort);
            return Task.FromResult<Func<int, Task>>(async number =>
            {
                var answer = await mllp.Send(Registration($"B{run}-{client}-{number}", client), CancellationToken.None);
                if (!answer.Contains("MSA|AA|", StringComparison.Ordinal)) throw new InvalidOperationException($"The platform answered {answer}");
            });
        });
        yield return new BenchRow($"MLLP to durable acknowledgement, {MllpConnections} connections", messages.PerSecond, "1/s", Target: 5000, Met: messages.PerSecond >= 5000);
        yield return new BenchRow("MLLP acknowledgement p99", messages.Percentile(0.99), "ms", Target: 20, Met: messages.Percentile(0.99) <= 20);
    }

    private static async Task<string> Create(HttpClient fhir, int client, int number)
    {
        var note = new string('n', 500);
        var json = $$"""
            {"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7","display":"Hemoglobin"}]},
             "effectiveDateTime":"2015-06-01T08:{{number % 60:00}}:00+08:00","valueQuantity":{"value":{{100 + number % 60}},"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"},
             "identifier":[{"system":"urn:bench","value":"{{client}}-{{number}}"}],"note":[{"text":"{{note}}"}]}
            """;
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(json)) { Headers = { ContentType = new MediaTypeHeaderValue("application/fhir+json") } };
        using var answer = await fhir.PostAsync("/fhir/Observation", body);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"create answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        return answer.Headers.Location!.ToString().Split("/_history")[0].Split('/')[^1];
    }

    private static async Task Read(HttpClient fhir, string id)
    {
        using var answer = await fhir.GetAsync($"/fhir/Observation/{id}");
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"read answered {(int)answer.StatusCode}");
        await answer.Content.ReadAsByteArrayAsync();
    }

    private static string Registration(string visit, int client) => string.Join('\r',
        $"MSH|^~\\&|HIS|MYCH|HIE|MY|20150601090000||ADT^A04|{visit}|P|2.5.1",
        "EVN|A04|20150601090000",
        $"PID|1||B{client}^^^MYCH^MR||测试{client}号||19800101|M",
        $"PV1|1|O|0101||||||||||||||||{visit}|||||||||||||||||||||||||20150601090000") + "\r";
}
