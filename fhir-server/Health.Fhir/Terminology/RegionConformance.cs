using System.Text.Json;

namespace Health.Fhir.Terminology;

/// <summary>The region's own profiles and code sets (conformance/profiles, conformance/codes), embedded in this build.</summary>
public static class RegionConformance
{
    private const string Prefix = "region/";

    public static IReadOnlyList<ConformanceResource> All { get; } = Load();

    private static List<ConformanceResource> Load()
    {
        var assembly = typeof(RegionConformance).Assembly;
        List<ConformanceResource> all = [];
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var json = JsonDocument.Parse(stream);
            var root = json.RootElement.Clone();
            all.Add(new ConformanceResource(root.GetProperty("resourceType").GetString()!, root.GetProperty("id").GetString()!, root));
        }

        return all;
    }
}
