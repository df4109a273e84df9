using System.Diagnostics;

namespace Health.IntegrationTests.Examples;

/// <summary>HL7's 5,298 example resources, unpacked once into a temporary folder; null where the archive is not beside the repository.</summary>
public sealed class OfficialExamples : IDisposable
{
    private readonly string? folder;

    public OfficialExamples()
    {
        if (Archive() is not { } archive) return;
        folder = Directory.CreateTempSubdirectory("health-examples-").FullName;
        using var tar = Process.Start(new ProcessStartInfo("tar", ["-xJf", archive, "-C", folder]))!;
        tar.WaitForExit();
        if (tar.ExitCode != 0) throw new InvalidOperationException($"{archive} cannot be unpacked.");
    }

    public IReadOnlyList<string> Files
    {
        get
        {
            Assert.SkipWhen(folder is null, "The file shared/data/fhir/r4-examples.tar.xz is not beside the repository (HEALTH_SHARED_DATA).");
            return Directory.GetFiles(folder!, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        }
    }

    private static string? Archive()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (Path.Combine(at.FullName, "shared/data/fhir/r4-examples.tar.xz") is var file && File.Exists(file)) return file;
        return Environment.GetEnvironmentVariable("HEALTH_SHARED_DATA") is { Length: > 0 } set && File.Exists(set + "/fhir/r4-examples.tar.xz") ? set + "/fhir/r4-examples.tar.xz" : null;
    }

    public void Dispose()
    {
        if (folder is not null) Directory.Delete(folder, recursive: true);
    }
}
