using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Health.CardBridge;

/// <summary>Card issuing, registration, settlement.</summary>
public static class CardBridgeModule
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
