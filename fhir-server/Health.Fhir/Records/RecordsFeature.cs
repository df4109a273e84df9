using Health.Contracts;
using Health.Fhir.Search;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>Registers the records: event names and bytes, committer, reader, the door for modules.</summary>
public static class RecordsFeature
{
    public static void Add(IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.ConfigureMarten(AddEvents);
        services.AddSingleton<RecordBodies>();
        services.AddSingleton<RecordReader>();
        services.AddSingleton(provider => new RecordCommitter(
            provider.GetRequiredService<NpgsqlDataSource>(),
            new RecordServices(
                provider.GetRequiredService<IKeyring>(), provider.GetRequiredService<RecordBodies>(),
                provider.GetRequiredService<SearchIndex>(), provider.GetRequiredService<SearchEngine>(), provider.GetRequiredService<IAuditTrail>()),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<RecordCommitter>>()));
        services.AddHostedService(provider => provider.GetRequiredService<RecordCommitter>());
        services.AddSingleton<IRecordStore, RecordStore>();
        services.AddSingleton<IRecordFeed, RecordFeed>();
        services.AddSingleton<IRecordSearch, RecordSearch>();
    }

    private static void AddEvents(StoreOptions options)
    {
        var format = new ResourceEventFormat();
        options.Events.UseBinarySerializer<ResourceCreated>(format);
        options.Events.UseBinarySerializer<ResourceUpdated>(format);
        options.Events.UseBinarySerializer<ResourceDeleted>(format);
        options.Events.MapEventType<ResourceCreated>(ResourceCreated.Name);
        options.Events.MapEventType<ResourceUpdated>(ResourceUpdated.Name);
        options.Events.MapEventType<ResourceDeleted>(ResourceDeleted.Name);
    }
}
