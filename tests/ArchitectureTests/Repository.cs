using System.Xml.Linq;

namespace Health.ArchitectureTests;

/// <summary>One project file: name, folder, and what it references.</summary>
public sealed record Project(string Name, string Folder, IReadOnlyList<string> Projects, IReadOnlyList<string> Packages);

/// <summary>The repository on disk, found upwards from the test assembly.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<Project> Projects { get; } =
        [.. Directory.EnumerateFiles(Root, "*.csproj", SearchOption.AllDirectories).Where(IsSource).Select(Read)];

    public static IEnumerable<string> SourceFiles(params string[] endings) =>
        Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Where(path => endings.Any(ending => path.EndsWith(ending, StringComparison.Ordinal)) && IsSource(path));

    private static bool IsSource(string path)
    {
        var parts = Path.GetRelativePath(Root, path).Split(Path.DirectorySeparatorChar);
        return !parts.Any(part => part is "bin" or "obj" or "node_modules" or ".git" or ".data" or ".build");
    }

    private static Project Read(string path)
    {
        var xml = XDocument.Load(path);
        return new Project(
            Path.GetFileNameWithoutExtension(path),
            Path.GetRelativePath(Root, Path.GetDirectoryName(path)!),
            [.. Included(xml, "ProjectReference").Select(include => Path.GetFileNameWithoutExtension(include.Replace('\\', '/')))],
            [.. Included(xml, "PackageReference")]);
    }

    private static IEnumerable<string> Included(XDocument xml, string element) =>
        xml.Descendants(element).Select(e => (string?)e.Attribute("Include")).OfType<string>();

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Health.sln"))) at = at.Parent;
        return at?.FullName ?? throw new InvalidOperationException("Health.sln is not above the test assembly.");
    }
}
