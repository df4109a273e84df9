using System.Diagnostics;
using System.Text.Json;
using Health.Fhir.Wire;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;

namespace Health.Benchmarks;

/// <summary>
/// Validation of a resource on write, beside the SDK's strict parse in the same run: processor microseconds and bytes allocated per resource, over
/// synthetic patients (HEALTH_SHARED_DATA, or shared/data beside a parent folder). Needs no platform.
/// </summary>
public static class ValidateBench
{
    private const int Rounds = 6, MaxFiles = 6;
    private const double MostMicroseconds = 40, MostBytes = 10_000;

    public static IEnumerable<BenchRow> Run()
    {
        var resources = Resources();
        if (resources.Count == 0)
        {
            yield return BenchRow.Skipped("validation on write", "µs", MostMicroseconds, "no synthetic patients here (HEALTH_SHARED_DATA)");
            yield break;
        }

        var strict = new FhirJsonDeserializer(new DeserializerSettings().UsingMode(DeserializationMode.Strict));
        var ours = Measure(resources, json => ResourceCheck.TryRead(json, null, out _));
        var theirs = Measure(resources, json =>
        {
            var reader = new Utf8JsonReader(json);
            strict.TryDeserializeResource(ref reader, out Resource? _, out _);
        });
        yield return new BenchRow($"validation on write, mean of {resources.Count} resources of {resources.Average(json => json.Length):0} bytes", ours.Microseconds, "µs", theirs.Microseconds, ours.Microseconds / theirs.Microseconds, MostMicroseconds, ours.Microseconds <= MostMicroseconds);
        yield return new BenchRow("allocated for it", ours.Bytes, "bytes", theirs.Bytes, ours.Bytes / theirs.Bytes, MostBytes, ours.Bytes <= MostBytes);
    }

    /// <summary>The best of some rounds: what the work costs when nobody else is at it.</summary>
    private static (double Microseconds, double Bytes) Measure(List<byte[]> resources, Action<byte[]> work)
    {
        var (best, bytes) = (double.MaxValue, 0.0);
        using var process = Process.GetCurrentProcess();
        for (var round = 0; round < Rounds; round++)
        {
            process.Refresh();
            var (before, allocated) = (process.TotalProcessorTime, GC.GetAllocatedBytesForCurrentThread());
            foreach (var json in resources) work(json);
            process.Refresh();
            best = Math.Min(best, (process.TotalProcessorTime - before).TotalMicroseconds / resources.Count);
            bytes = (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)resources.Count;
        }

        return (best, bytes);
    }

    private static List<byte[]> Resources()
    {
        List<byte[]> resources = [];
        foreach (var file in Folder() is { } folder ? Directory.GetFiles(folder, "*.json").Order().Take(MaxFiles) : [])
        {
            using var bundle = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var entry in bundle.RootElement.GetProperty("entry").EnumerateArray()) resources.Add(JsonSerializer.SerializeToUtf8Bytes(entry.GetProperty("resource")));
        }

        return resources;
    }

    private static string? Folder()
    {
        if (Environment.GetEnvironmentVariable("HEALTH_SHARED_DATA") is { Length: > 0 } set && Path.Combine(set, "fhir/synthea") is var named) return Directory.Exists(named) ? named : null;
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (Path.Combine(at.FullName, "shared/data/fhir/synthea") is var folder && Directory.Exists(folder)) return folder;
        return null;
    }
}
