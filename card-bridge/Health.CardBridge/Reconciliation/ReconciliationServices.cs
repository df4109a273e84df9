using Health.CardBridge.Payers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Health.CardBridge.Reconciliation;

/// <summary>The services of reconciliation and shifts.</summary>
public static class ReconciliationServices
{
    // A clearing file of the whole city takes longer than an answer at the desk may.
    private static readonly TimeSpan FileTimeout = TimeSpan.FromMinutes(5);

    public static void Add(IServiceCollection services, IConfiguration configuration, CardBridgeSettings settings)
    {
        services.AddSingleton(LedgerSettings.Read(configuration, settings));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<StatementSources>(provider, new HttpClient { Timeout = FileTimeout }));
        services.AddSingleton(provider =>
        {
            var insurer = new NationalInterface(new HttpClient { BaseAddress = settings.InsurerUrl, Timeout = settings.AnswerTimeout }, settings);
            return ActivatorUtilities.CreateInstance<InsurerStatements>(provider, insurer);
        });
        services.AddSingleton<DayBook>().AddSingleton<StatementStore>().AddSingleton<DayLedgers>().AddSingleton<DifferenceStore>().AddSingleton<RuleRunner>();
        services.AddSingleton<StatementCollector>().AddSingleton<DayReconciler>().AddSingleton<ShiftCloser>().AddSingleton<DayRecords>().AddHostedService<DayRecordsResumer>();
    }

    /// <summary>After a start: the records of days that were closed just before a crash.</summary>
    private sealed class DayRecordsResumer(DayRecords records, ILogger<DayRecordsResumer> log) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            try
            {
                await records.WriteMissing(stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                // They are written with the next day that is closed, or at the next start.
                log.LogError(failure, "Records of closed days are missing");
            }
        }
    }
}
