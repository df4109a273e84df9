using System.Diagnostics;

namespace Health.IntegrationTests.Examples;

/// <summary>Official examples and synthetic patients, which are no part of the repository (<c>HEALTH_SHARED_DATA</c>, or shared/data beside a parent folder).</summary>
internal static class SharedExamples
{
    public const string Missing = "The folder shared/data is not beside the repository (HEALTH_SHARED_DATA).";
    private static readonly Lazy<string?> Unpacked = new(Unpack);

    /// <summary>The folder of the 5,298 examples, unpacked for this run; null when the archive is not here.</summary>
    public static string? Official => Unpacked.Value;

    public static string? Synthea => Root is { } root && Directory.Exists(Path.Combine(root, "fhir/synthea")) ? Path.Combine(root, "fhir/synthea") : null;

    private static string? Root
    {
        get
        {
            if (Environment.GetEnvironmentVariable("HEALTH_SHARED_DATA") is { Length: > 0 } set) return Directory.Exists(set) ? set : null;
            for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
                if (Path.Combine(at.FullName, "shared/data") is var folder && Directory.Exists(folder)) return folder;
            return null;
        }
    }

    private static string? Unpack()
    {
        if (Root is not { } root || Path.Combine(root, "fhir/r4-examples.tar.xz") is var archive && !File.Exists(archive)) return null;
        var folder = Directory.CreateTempSubdirectory("health-examples-").FullName;
        using var tar = Process.Start(new ProcessStartInfo("tar", ["-xJf", Path.Combine(root, "fhir/r4-examples.tar.xz"), "-C", folder]))!;
        tar.WaitForExit();
        Assert.Equal(0, tar.ExitCode);
        // Not waited for: thousands of files take longer to go than the runner gives a process to end.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Process.Start("rm", ["-rf", folder]).Dispose();
        return folder;
    }

    /// <summary>The bytes of a file without its byte order mark.</summary>
    public static byte[] Read(string file)
    {
        var bytes = File.ReadAllBytes(file);
        return bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
    }
}
