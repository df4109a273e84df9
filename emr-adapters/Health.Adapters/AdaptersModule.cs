using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Health.Adapters;

/// <summary>Doors for hospitals: HL7 v2 in, records out.</summary>
public static class AdaptersModule
{
    public static void Add(IHostApplicationBuilder builder)
    {
    }

    public static void Configure(WebApplication app)
    {
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
    }
}
