using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Health.Identity;

/// <summary>OAuth 2 and OpenID Connect server.</summary>
public static class IdentityModule
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
