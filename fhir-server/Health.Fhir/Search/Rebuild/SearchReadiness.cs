using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Health.Fhir.Search.Rebuild;

/// <summary>
/// Whether the search index has caught up, for <c>/health/ready</c>. While it has not, reads and writes are served and the searches concerned answer 503, so the platform
/// is ready, with a mark (degraded).
/// </summary>
public sealed class SearchReadiness(IndexFormat format, ParameterCatalogue catalogue) : IHealthCheck
{
    public const string Name = "search-index";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        List<string> behind = [];
        if (format.Progress is { } at) behind.Add($"being rebuilt ({at.Phase}: {at.Done} of {at.Of}), searches answer 503 until then");
        foreach (var custom in catalogue.Customs.Values.Where(custom => !custom.IsReady).OrderBy(custom => custom.Name, StringComparer.Ordinal))
            behind.Add($"{custom.Name} is indexed for {custom.Done} of {custom.Of} resources, searches by it answer 503 until then");
        return Task.FromResult(behind.Count == 0 ? HealthCheckResult.Healthy("caught up") : HealthCheckResult.Degraded(string.Join("; ", behind)));
    }
}
