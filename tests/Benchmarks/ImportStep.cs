using Health.SimulationTests.Platform;
using System.Text;

namespace Health.Benchmarks;

/// <summary>$import, where the CapabilityStatement offers it.</summary>
public static class ImportStep
{
    private const string Name = "$import of NDJSON";

    public static async Task<BenchRow> Run(RunningPlatform platform, ClosedLoop loop, double target)
    {
        using var http = new RawHttp(platform.Port);
        http.Get("/fhir/metadata", await loop.Tail("demo-operator"));
        var offered = Encoding.UTF8.GetString(http.Body).Contains("\"import\"", StringComparison.Ordinal);
        return BenchRow.Skipped(Name, "resources/s", target, offered ? "offered, not measured yet" : "not offered");
    }
}
