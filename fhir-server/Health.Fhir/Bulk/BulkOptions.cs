using Health.Contracts;
using Microsoft.Extensions.Configuration;

namespace Health.Fhir.Bulk;

/// <summary>
/// Section <c>Health:Fhir:Bulk</c>: <c>ImportSources</c> (addresses, with everything below them, from which $import may fetch),
/// <c>ImportFolder</c> (for <c>file:</c> inputs; default <c>DataFolder/import</c>), <c>MaxImportBytes</c> of one input, <c>KeepHours</c> of a
/// finished job, <c>ResourcesPerFile</c> of an export.
/// </summary>
public sealed record BulkOptions(IReadOnlyList<Uri> ImportSources, string ImportFolder, string SpoolFolder, long MaxImportBytes, TimeSpan Keep, int ResourcesPerFile)
{
    public const int MostJobsPerOwner = 4;

    /// <exception cref="InvalidOperationException">A setting is wrong.</exception>
    public static BulkOptions Read(IConfiguration configuration, NodeIdentity node)
    {
        var section = configuration.GetSection("Health:Fhir:Bulk");
        return new BulkOptions(
            [.. (section.GetSection("ImportSources").Get<string[]>() ?? []).Select(Address)],
            Path.GetFullPath(section["ImportFolder"] ?? Path.Combine(node.DataFolder, "import")),
            Path.Combine(node.DataFolder, "bulk"),
            section.GetValue("MaxImportBytes", 64L << 30),
            TimeSpan.FromHours(section.GetValue("KeepHours", 24)),
            section.GetValue("ResourcesPerFile", 50_000));
    }

    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
        ? uri
        : throw new InvalidOperationException($"Health:Fhir:Bulk:ImportSources names '{text}'; an entry is an address such as https://data.example/exports.");
}
