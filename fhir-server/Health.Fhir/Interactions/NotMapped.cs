using Health.Contracts;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Fhir.Interactions;

/// <summary>
/// Everything under the base that is no interaction: 405 with Allow where the address exists for other methods, 404 elsewhere. OPTIONS
/// answers Allow to anyone: it says nothing the CapabilityStatement does not.
/// </summary>
internal static class NotMapped
{
    public static void Map(IEndpointRouteBuilder fhir)
    {
        FhirDoor.Map(fhir, "/{**path}", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "SEARCH", "QUERY", "PROPFIND"], "not-mapped", Handle);
        fhir.MapMethods("/{**path}", ["OPTIONS"], Options).AllowAnonymous();
    }

    private static ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        var http = request.Http!;
        var path = Path(http);
        var allowed = http.RequestServices.GetRequiredService<FhirRoutes>().MethodsOf(path);
        var answer = FhirAnswer.Of(new Refusal(allowed.Count > 0 ? 405 : 404, "not-supported", $"{request.Method} /{path} is no interaction of this server."));
        return new(allowed.Count > 0 ? answer with { Headers = [("Allow", string.Join(", ", allowed))] } : answer);
    }

    private static Task Options(HttpContext http)
    {
        var allowed = http.RequestServices.GetRequiredService<FhirRoutes>().MethodsOf(Path(http));
        http.Response.StatusCode = allowed.Count > 0 ? 204 : 404;
        if (allowed.Count > 0) http.Response.Headers.Allow = string.Join(", ", allowed);
        return Task.CompletedTask;
    }

    private static string Path(HttpContext http) => (http.Request.RouteValues["path"] as string ?? "").Trim('/');
}
