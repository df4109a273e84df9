namespace Health.IntegrationTests.Fhir;

/// <summary>Data that is not part of the repository: <c>HEALTH_SHARED</c>, or <c>shared/data</c> beside a parent folder.</summary>
internal static class SharedData
{
    public static string? Find(string relative)
    {
        if (Environment.GetEnvironmentVariable("HEALTH_SHARED") is { Length: > 0 } set) return Existing(Path.Combine(set, relative));
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Existing(Path.Combine(folder.FullName, "shared", "data", relative)) is { } found) return found;
        return null;
    }

    private static string? Existing(string path) => Directory.Exists(path) ? path : null;
}
