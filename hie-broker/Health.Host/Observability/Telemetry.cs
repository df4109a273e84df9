using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Health.Host.Observability;

/// <summary>
/// Traces follow a message from socket to console (sources <c>Health.*</c>, Wolverine, HTTP, SQL without statements' parameters) and leave by OTLP when
/// OTEL_EXPORTER_OTLP_ENDPOINT is set; metrics are scraped at <c>/metrics</c>.
/// </summary>
public static class Telemetry
{
    public static void Add(WebApplicationBuilder builder, string nodeId)
    {
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("health", serviceInstanceId: nodeId));
        telemetry.WithMetrics(metrics => metrics
            .AddMeter("Health.*", "Wolverine:*", "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter());
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is null) return;
        telemetry.WithTracing(traces => traces
            .AddSource("Health.*", "Wolverine")
            // The query part of a URL can name a person: it stays out of the trace.
            .AddAspNetCoreInstrumentation(options => options.EnrichWithHttpRequest = (activity, _) => activity.SetTag("url.query", null))
            .AddNpgsql()
            .AddOtlpExporter());
    }

    public static void Map(WebApplication app) => app.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymous();
}
