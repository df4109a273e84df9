using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Health.Broker;

/// <summary>Residents, audit, access, directory, keys.</summary>
public static class BrokerModule
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
