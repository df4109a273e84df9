using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Health.Host.Observability;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: it can also reach its database; then a line for each check of a module, such as
/// <c>search-index: caught up</c>. A module that is behind leaves the platform ready; one that cannot serve does not.
/// </summary>
public static class Probes
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Text("live")).AllowAnonymous();
        app.MapGet("/health/ready", Ready).AllowAnonymous();
    }

    private static async Task<IResult> Ready(NpgsqlDataSource database, HealthCheckService checks, CancellationToken ct)
    {
        try
        {
            await using var command = database.CreateCommand("select 1");
            command.CommandTimeout = 2;
            await command.ExecuteScalarAsync(ct);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return Results.Text("the database does not answer", statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        var report = await checks.CheckHealthAsync(ct);
        var isReady = report.Status != HealthStatus.Unhealthy;
        var lines = report.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}: {entry.Value.Description}");
        return Results.Text(string.Join('\n', [isReady ? "ready" : "not ready", .. lines]), statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
