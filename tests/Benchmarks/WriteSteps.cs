using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>Creates and transactions against the floor of a one-row commit; import where it is offered.</summary>
public sealed class WriteSteps(RunningPlatform platform, ClosedLoop loop, Floor floor)
{
    private const double CreateOne = 0.4, CreateMany = 0.7, TransactionTarget = 2000, ImportTarget = 5000;
    private const int Bundles = 60;
    private const string FhirJson = "Content-Type: application/fhir+json";
    private static readonly string Note = new('n', 350);

    public async IAsyncEnumerable<BenchRow> Run(string step)
    {
        switch (step)
        {
            case "create":
                foreach (var clients in new[] { 1, 16 })
                {
                    var inserts = await floor.Inserts(clients);
                    yield return new BenchRow($"floor: one-row commit, {clients} clients", inserts.PerSecond, "1/s").Of(inserts);
                    var tail = await loop.Tail("demo-hospital", FhirJson);
                    var creates = await loop.Fhir(clients, (http, _, number) => ClosedLoop.IsOk(http.Post("/fhir/Observation", tail, Observation(number)), http));
                    yield return BenchRow.Against($"create of 1 KB, {clients} clients", creates, inserts, clients == 1 ? CreateOne : CreateMany).Of(creates);
                }

                break;
            case "transactions":
                foreach (var clients in new[] { 1, 4 }) yield return await Transactions($"transactions of 20 resources, {clients} clients", Synthetic(clients), clients);
                break;
            case "synthea":
                var folder = SyntheaFolder();
                if (folder is null) yield return BenchRow.Skipped("transactions of Synthea bundles", "resources/s", TransactionTarget, "skipped: no ../shared/data/fhir/synthea beside the project");
                else yield return await Transactions("transactions of Synthea bundles, 1 client", [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)], 1);
                break;
            default:
                yield return await ImportStep.Run(platform, ImportTarget);
                break;
        }
    }

    private static byte[] Observation(int number) => Encoding.UTF8.GetBytes(
        $$"""
        {"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7","display":"Hemoglobin"}]},"subject":{"reference":"Patient/{{Population.PatientId(Population.OfHospital(number % 800))}}"},
         "effectiveDateTime":"2015-06-01T08:{{number % 60:00}}:00+08:00","valueQuantity":{"value":{{100 + number % 60}},"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"},
         "identifier":[{"system":"urn:bench","value":"{{number}}"}],"note":[{"text":"{{Note}}"}]}
        """);

    /// <summary>Every bundle once, dealt to the clients in turn.</summary>
    private async Task<BenchRow> Transactions(string name, byte[][] bundles, int clients)
    {
        var tail = await loop.Tail("demo-hospital", FhirJson);
        var resources = bundles.Sum(CountEntries);
        var times = new List<double>();
        var errors = 0;
        var next = -1;
        var clock = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, clients).Select(_ => new Thread(() =>
        {
            using var http = new RawHttp(platform.Port);
            int taken;
            while ((taken = Interlocked.Increment(ref next)) < bundles.Length)
            {
                var before = Stopwatch.GetTimestamp();
                if (!ClosedLoop.IsOk(http.Post("/fhir", tail, bundles[taken]), http)) Interlocked.Increment(ref errors);
                lock (times) times.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var measured = new Measured(resources / clock.Elapsed.TotalSeconds, [.. times.Order()]) { Errors = (double)errors / bundles.Length };
        return BenchRow.AtLeast(name, measured.PerSecond, "resources/s", TransactionTarget).Of(measured);
    }

    private byte[][] Synthetic(int clients) => [.. Enumerable.Range(0, Bundles * clients).Select(i => Bundle(FhirBench.FirstInBundles + clients * 10_000 + i))];

    private static byte[] Bundle(int n)
    {
        string Urn(string type, string id) => $"urn:uuid:{new Guid(n, (short)type.Length, (short)id[1], BitConverter.GetBytes((long)id.GetHashCode(StringComparison.Ordinal)))}";
        var entries = Population.Of(n, (_, _) => "", Urn).Select(made => $"{{\"fullUrl\":\"{Urn(made.Type, made.Id)}\",\"resource\":{made.Json},\"request\":{{\"method\":\"POST\",\"url\":\"{made.Type}\"}}}}");
        return Encoding.UTF8.GetBytes($"{{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{string.Join(',', entries)}]}}");
    }

    private static int CountEntries(byte[] bundle)
    {
        using var document = JsonDocument.Parse(bundle);
        return document.RootElement.GetProperty("entry").GetArrayLength();
    }

    /// <summary>Beside the project, where the data that is not part of it lies.</summary>
    private static string? SyntheaFolder()
    {
        for (var at = new DirectoryInfo(RunningPlatform.Root()).Parent; at is not null; at = at.Parent)
            if (Path.Combine(at.FullName, "shared", "data", "fhir", "synthea") is var folder && Directory.Exists(folder)) return folder;
        return null;
    }
}
