using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace Health.Host.Observability;

/// <summary>
/// Structured logs as JSON lines in the data folder, warnings on the terminal too. Frameworks log from Warning up: their request lines
/// carry URLs, and a search URL can carry a name or an ID number.
/// </summary>
public static class Logs
{
    private static readonly string[] QuietFrameworks = ["Microsoft", "System", "Wolverine", "JasperFx", "Marten", "Weasel", "Npgsql", "OpenIddict", "MudBlazor"];

    public static void Add(WebApplicationBuilder builder, string dataFolder) =>
        builder.Services.AddSerilog(log =>
        {
            log.MinimumLevel.Information();
            foreach (var name in QuietFrameworks) log.MinimumLevel.Override(name, LogEventLevel.Warning);
            // Our handlers' own schema notices are expected on first start.
            log.MinimumLevel.Override("Wolverine.Runtime", LogEventLevel.Error);
            // A host that runs a choice of modules may have no handler.
            log.MinimumLevel.Override("Wolverine.Configuration.HandlerDiscovery", LogEventLevel.Error);
            log.ReadFrom.Configuration(builder.Configuration)
                .Enrich.FromLogContext()
                .WriteTo.Console(restrictedToMinimumLevel: LogEventLevel.Warning)
                .WriteTo.File(
                    new CompactJsonFormatter(), Path.Combine(dataFolder, "logs", "health-.jsonl"),
                    rollingInterval: RollingInterval.Day, retainedFileCountLimit: 30, fileSizeLimitBytes: 256L << 20, rollOnFileSizeLimit: true);
        });
}
