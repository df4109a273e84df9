using Health.Contracts;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Health.Fhir.Bulk;

/// <summary>Bulk data: services and addresses.</summary>
public static class BulkFeature
{
    public static void Add(IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(provider => BulkOptions.Read(builder.Configuration, provider.GetRequiredService<NodeIdentity>()));
        services.AddSingleton<BulkTable>();
        services.AddSingleton<Spool>();
        services.AddSingleton<ExportRows>();
        services.AddSingleton<ExportFile>();
        services.AddSingleton<ExportAudit>();
        services.AddSingleton<ExportRun>();
        services.AddSingleton<ImportSource>();
        services.AddSingleton<ImportPreparation>();
        services.AddSingleton<ImportRun>();
        services.AddSingleton<BulkWakeup>();
        services.AddSingleton<BulkDoor>();
        services.AddSingleton<ImportDoor>();
        services.AddHostedService<BulkWorker>();
    }

    public static void Map(IEndpointRouteBuilder fhir)
    {
        var bulk = fhir.ServiceProvider.GetRequiredService<BulkDoor>();
        FhirDoor.Map(fhir, "/$export", ["GET", "POST"], "$export", (request, ct) => bulk.Export(request, "system", ct));
        FhirDoor.Map(fhir, "/Patient/$export", ["GET", "POST"], "$export", (request, ct) => bulk.Export(request, "Patient", ct));
        FhirDoor.Map(fhir, "/Group/{id}/$export", ["GET", "POST"], "$export", (request, ct) => bulk.Export(request, "Group", ct));
        foreach (var kind in new[] { "export", "import" })
        {
            FhirDoor.Map(fhir, $"/${kind}-status/{{id}}", ["GET"], "bulk-status", bulk.Status);
            FhirDoor.Map(fhir, $"/${kind}-status/{{id}}", ["DELETE"], "bulk-cancel", bulk.Cancel);
            // Written as they are read, so not through the door that holds answers in memory.
            fhir.MapGet($"/${kind}-file/{{id}}/{{name}}", bulk.File).AllowAnonymous();
        }

        fhir.ServiceProvider.GetRequiredService<FhirRoutes>().Add("$import", "/$import", ["POST"], (_, _) => new(FhirAnswer.Of(Refusal.NotSupported("$import is called on its own, not inside a bundle."))));
        fhir.MapPost("/$import", fhir.ServiceProvider.GetRequiredService<ImportDoor>().Handle).AllowAnonymous();
    }
}
