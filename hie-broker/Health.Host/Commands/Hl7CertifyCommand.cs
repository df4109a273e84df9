using System.CommandLine;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Health.Adapters.Certification;
using Health.Adapters.Sources;
using Health.Hl7v2;

namespace Health.Host.Commands;

/// <summary>
/// <c>health hl7 certify</c>: a hospital's interface against the check list, from files, from what it has sent already, or from what it sends
/// now to a door that stores nothing.
/// </summary>
internal static class Hl7CertifyCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private sealed record Request(PlatformAddress Platform, string Source, string[] Files, DateTimeOffset? Since, int? Listen, IPAddress ListenAddress, int Messages, int Seconds, FileInfo? Counts, FileInfo? Json, FileInfo? Markdown);

    public static Command Create()
    {
        var platform = new PlatformAddress.Options();
        var source = new Argument<string>("source") { Description = "Id of the source profile. 接入档案编号" };
        var files = new Option<string[]>("--files") { Description = "Messages in files or folders (.hl7, .txt), as the hospital would send them.", AllowMultipleArgumentsPerToken = true };
        var since = new Option<DateTimeOffset?>("--since") { Description = "What it has sent since then, such as 2026-11-01T00:00:00Z." };
        var listen = new Option<int?>("--listen") { Description = "Port (MLLP) that the hospital sends to now; nothing is stored, some answers are kept back once." };
        var address = new Option<string>("--listen-address") { Description = "With --listen: address of this machine, on an isolated network.", DefaultValueFactory = _ => "127.0.0.1" };
        var messages = new Option<int>("--messages") { Description = "With --listen: how many messages end the run.", DefaultValueFactory = _ => 50 };
        var seconds = new Option<int>("--seconds") { Description = "With --listen: how long the run lasts at most.", DefaultValueFactory = _ => 600 };
        var counts = new Option<FileInfo?>("--his-counts") { Description = "The hospital's own counts, CSV day,type,count." };
        var json = new Option<FileInfo?>("--json") { Description = "Writes the report as JSON too." };
        var markdown = new Option<FileInfo?>("--report") { Description = "Writes the report (Markdown) to a file in place of the terminal." };
        var certify = new Command("certify", "Checks a hospital's interface against the check list; writes nothing; exit code 1 when a required item fails. 接口验收")
        {
            source, files, since, listen, address, messages, seconds, counts, json, markdown,
        };
        platform.AddTo(certify);
        certify.Validators.Add(result =>
        {
            var ways = (result.GetValue(files) is { Length: > 0 } ? 1 : 0) + (result.GetValue(since) is null ? 0 : 1) + (result.GetValue(listen) is null ? 0 : 1);
            if (ways != 1) result.AddError("certify needs one of --files, --since and --listen.");
            if (result.GetValue(address) is { } text && !IPAddress.TryParse(text, out _)) result.AddError("--listen-address must be an IP address of this machine, such as 10.1.2.3.");
        });
        certify.SetAction((parsed, ct) => Certify(
            new Request(
                platform.Read(parsed), parsed.GetValue(source)!, parsed.GetValue(files) ?? [], parsed.GetValue(since), parsed.GetValue(listen), IPAddress.Parse(parsed.GetValue(address)!), parsed.GetValue(messages), parsed.GetValue(seconds),
                parsed.GetValue(counts), parsed.GetValue(json), parsed.GetValue(markdown)),
            ct));
        return certify;
    }

    private static async Task<int> Certify(Request request, CancellationToken ct)
    {
        var counts = request.Counts is null ? null : HisCounts.Read(await File.ReadAllLinesAsync(request.Counts.FullName, ct));
        var report = request.Since is { } since ? await OfStored(request, since, ct) : request.Listen is { } port ? await OfSent(request, port, ct) : OfFiles(request);
        if (counts is not null) report = counts.Compare(report);
        if (request.Json is { } json) await File.WriteAllTextAsync(json.FullName, JsonSerializer.Serialize(report, Json), ct);
        if (request.Markdown is { } markdown) await File.WriteAllTextAsync(markdown.FullName, CertificationText.Markdown(report), ct);
        else Terminal.Write(CertificationText.Markdown(report));
        return report.IsPassed ? 0 : 1;
    }

    private static CertificationReport OfFiles(Request request)
    {
        var certifier = new Certifier(Profile(request), TimeProvider.System);
        foreach (var file in Files.Find(request.Files, ".hl7", ".txt"))
        {
            var parts = Hl7Batch.Split(File.ReadAllBytes(file));
            if (parts.Count == 0) certifier.Take(File.ReadAllBytes(file), Path.GetFileName(file));
            for (var i = 0; i < parts.Count; i++) certifier.Take(parts[i].ToArray(), $"{Path.GetFileName(file)}#{i + 1}");
        }

        return certifier.Report();
    }

    private static async Task<CertificationReport> OfStored(Request request, DateTimeOffset since, CancellationToken ct)
    {
        using var operators = await PlatformClient.Connect(request.Platform, "demo-operator", ct);
        using var answer = await operators.GetAsync($"/adapters/certification?source={Uri.EscapeDataString(request.Source)}&since={Uri.EscapeDataString(since.ToString("O"))}", ct);
        if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
            throw new InvalidOperationException((await answer.Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("detail").GetString());
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<CertificationReport>(Json, ct) ?? throw new InvalidOperationException("The platform answered nothing.");
    }

    private static async Task<CertificationReport> OfSent(Request request, int port, CancellationToken ct)
    {
        var certifier = new Certifier(Profile(request), TimeProvider.System);
        using var door = new CertificationDoor(certifier, TimeProvider.System);
        var open = Listen(door, request.ListenAddress, port);
        await Terminal.Error.WriteLineAsync($"listening on {request.ListenAddress}:{open} for {request.Messages} messages or {request.Seconds} s; nothing is stored");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(request.Seconds));
        await door.Run(request.Messages, limit.Token);
        ct.ThrowIfCancellationRequested();
        return certifier.Report();
    }

    private static int Listen(CertificationDoor door, IPAddress address, int port)
    {
        try
        {
            return door.Listen(address, port);
        }
        catch (SocketException e)
        {
            throw new InvalidOperationException($"{address}:{port} cannot be listened on ({e.SocketErrorCode}): another program may use the port, or the address is not of this machine.", e);
        }
    }

    private static SourceProfile Profile(Request request)
    {
        var folder = request.Platform.SourcesFolder;
        if (!Directory.Exists(folder)) throw new InvalidOperationException($"There are no source profiles in {folder}; --data names the folder of the platform.");
        var profiles = SourceRegistry.Load(folder);
        return profiles.ById(request.Source) ?? throw new InvalidOperationException($"There is no source '{request.Source}' in {folder}; known are {string.Join(", ", profiles.All.Select(one => one.Id).Order(StringComparer.Ordinal))}.");
    }
}
