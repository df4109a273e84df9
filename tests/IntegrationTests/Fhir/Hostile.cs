using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;

namespace Health.IntegrationTests.Fhir;

/// <summary>Runs alone: what one hostile request costs is measured on the process.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class HostileCollection : ICollectionFixture<FhirHouse>;

/// <summary>Sends a request and measures what it cost the process; the platform and its database run inside the test.</summary>
internal static class Hostile
{
    /// <summary>Processor time of this process. The machine's load does not count; the database's share is bounded by the wall clock.</summary>
    private static readonly TimeSpan MostProcessor = TimeSpan.FromSeconds(2), MostTime = TimeSpan.FromSeconds(30);

    private const long MostMemory = 200L * 1024 * 1024;

    public static ByteArrayContent Body(string text, string media = "application/fhir+json") => Body(Encoding.UTF8.GetBytes(text), media);

    public static ByteArrayContent Body(byte[] bytes, string media = "application/fhir+json", string? encoding = null)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(media);
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        return content;
    }

    public static byte[] Gzip(Func<int, byte[]> block, int blocks)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            for (var i = 0; i < blocks; i++) gzip.Write(block(i));
        return packed.ToArray();
    }

    public static async Task<HttpResponseMessage> Attack(this FhirHouse house, string method, string path, HttpContent? body)
    {
        // The first request of a kind pays for compiling the code it runs through.
        await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"a"}}""");
        var request = new HttpRequestMessage(new HttpMethod(method), "/fhir/" + path) { Content = body };
        using var http = house.AsHospital;
        GC.Collect();
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5");
        var (memory, processor, clock) = (Status("VmRSS"), Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
        var answer = await http.SendAsync(request);
        var (peak, spent) = (Status("VmHWM") - memory, Process.GetCurrentProcess().TotalProcessorTime - processor);
        Assert.True(spent < MostProcessor && clock.Elapsed < MostTime, $"It took {spent.TotalSeconds:0.0} s of the processor, {clock.Elapsed.TotalSeconds:0.0} s in all.");
        Assert.True(peak < MostMemory, $"It took {peak / 1024 / 1024} MB.");
        Assert.Equal(System.Net.HttpStatusCode.OK, (await house.AsHospital.Send("GET", "metadata")).StatusCode);
        return answer;
    }

    public static async Task Refused(this HttpResponseMessage answer, int status, string says)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode}: {text}");
        Assert.Contains("\"OperationOutcome\"", text);
        Assert.Contains(says, text);
        Assert.True(text.Length < 100_000);
    }

    private static long Status(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
