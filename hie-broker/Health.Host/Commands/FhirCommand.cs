using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Health.Host.Commands;

/// <summary><c>health fhir load</c>: transaction bundles from files, each bundle all or nothing.</summary>
public static class FhirCommand
{
    private const int LongestAnswerShown = 600;

    public static Command Create()
    {
        var load = new Command("load", "Loads FHIR transaction bundles (JSON) from files and folders. 装载 FHIR 事务包");
        var platform = new PlatformAddress.Options();
        var paths = new Argument<string[]>("paths") { Description = "Files or folders.", Arity = ArgumentArity.OneOrMore };
        var client = new Option<string>("--client") { Description = "Client to load as.", DefaultValueFactory = _ => "demo-hospital" };
        var import = new Option<bool>("--import") { Description = "The files are newline-delimited JSON (.ndjson): import them as a job that resumes. Ids are kept. 以 $import 装载 NDJSON" };
        load.Arguments.Add(paths);
        load.Options.Add(import);
        load.Options.Add(client);
        platform.AddTo(load);
        load.SetAction((parsed, ct) => parsed.GetValue(import) ? FhirImport.Run(platform.Read(parsed), parsed.GetValue(paths)!, ct) : Load(platform.Read(parsed), parsed.GetValue(paths)!, parsed.GetValue(client)!, ct));
        return new Command("fhir", "Works with FHIR resources. FHIR 资源") { load };
    }

    private static async Task<int> Load(PlatformAddress platform, string[] paths, string client, CancellationToken ct)
    {
        var bundles = new List<(string Name, byte[] Json, int Entries)>();
        foreach (var file in Files.Find(paths, ".json"))
        {
            var json = await File.ReadAllBytesAsync(file, ct);
            bundles.Add((Path.GetFileName(file), json, CountEntries(file, json)));
        }

        using var http = await PlatformClient.Connect(platform, client, ct);
        var progress = new Progress("resources", bundles.Sum(bundle => (long)bundle.Entries));
        var refused = 0;
        foreach (var bundle in bundles)
        {
            using var body = new ByteArrayContent(bundle.Json) { Headers = { ContentType = new MediaTypeHeaderValue("application/fhir+json") } };
            using var answer = await http.PostAsync("/fhir", body, ct);
            if (answer.IsSuccessStatusCode)
            {
                progress.Add(bundle.Entries);
                continue;
            }

            refused++;
            var text = await answer.Content.ReadAsStringAsync(ct);
            await Terminal.Error.WriteLineAsync($"{bundle.Name}: {(int)answer.StatusCode} {text[..Math.Min(text.Length, LongestAnswerShown)]}");
        }

        progress.End();
        Terminal.WriteLine($"{bundles.Count - refused} bundles loaded, {refused} refused");
        return refused == 0 ? 0 : 1;
    }

    /// <exception cref="InvalidOperationException">Not a bundle.</exception>
    private static int CountEntries(string file, byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.TryGetProperty("resourceType", out var type) && type.GetString() == "Bundle")
                return document.RootElement.TryGetProperty("entry", out var entries) ? entries.GetArrayLength() : 0;
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"{file} is not JSON: {e.Message}", e);
        }

        throw new InvalidOperationException($"{file} is not a FHIR Bundle.");
    }
}
