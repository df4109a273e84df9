using System.CommandLine;
using Health.Fhir.Search.Rebuild;
using Health.Host.EmbeddedPostgres;

namespace Health.Host.Commands;

/// <summary><c>health rebuild search</c>: the search index again from event 0, beside the live one; swapped in when the digests are equal.</summary>
public static class RebuildCommand
{
    public static Command Create()
    {
        var search = new Command("search", "Rebuilds the search index from event 0 and compares digests. 重建检索索引");
        var platform = new PlatformAddress.Options();
        var database = new Option<string?>("--database") { Description = "Connection string, when the platform runs on a PostgreSQL of its own." };
        search.Options.Add(database);
        platform.AddTo(search);
        search.SetAction((parsed, ct) => Rebuild(platform.Read(parsed), parsed.GetValue(database), ct));
        return new Command("rebuild", "Derives a projection again. 重建投影") { search };
    }

    private static async Task<int> Rebuild(PlatformAddress platform, string? database, CancellationToken ct)
    {
        await using var cluster = database is null ? await PostgresCluster.Attach(platform.PostgresFolder, ct) : null;
        string[] settings =
        [
            $"--Health:Database={database ?? cluster!.ConnectionString("health")}", $"--Health:DataFolder={platform.Data}",
            "--Health:Development=true", "--Health:Modules:0=Broker", "--Health:Modules:1=Fhir",
        ];
        // Composed, never started: the running platform goes on serving.
        await using var app = await HealthHost.Build(settings);
        var report = await app.Services.GetRequiredService<SearchRebuild>().Run(Show, ct);
        Terminal.WriteLine($"{report.Versions} versions up to sequence {report.Horizon} in {report.Took.TotalSeconds:0.0} s");
        Terminal.WriteLine($"live    {report.LiveDigest}");
        Terminal.WriteLine($"rebuilt {report.RebuiltDigest}");
        Terminal.WriteLine(report.IsEqual ? "equal: the rebuilt index is in place" : $"NOT equal in {string.Join(", ", report.Different)}: the live index was kept");
        return report.IsEqual ? 0 : 1;
    }

    private static string lastPhase = "";

    private static void Show(RebuildProgress progress)
    {
        if (Terminal.IsOutputRedirected && progress.Phase == lastPhase) return;
        lastPhase = progress.Phase;
        Terminal.Error.Write($"\r{progress.Phase} {progress.Done}/{progress.Of}   {(Terminal.IsErrorRedirected ? "\n" : "")}");
    }
}
