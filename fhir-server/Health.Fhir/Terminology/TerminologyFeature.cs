using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Health.Fhir.Terminology;

/// <summary>What the module asks of terminology at start: its services and its operations (relative to /fhir).</summary>
public static class TerminologyFeature
{
    public static void Add(IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ConformanceStore>();
        builder.Services.AddSingleton<ICodeSets, CodeSets>();
    }
}
