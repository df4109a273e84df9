using System.Diagnostics;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire.Async;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Health.Fhir.Wire;

/// <summary>Carries an HTTP request to an interaction and its answer back. Every error is an OperationOutcome.</summary>
public static class FhirDoor
{
    public delegate ValueTask<FhirAnswer> Interaction(FhirRequest request, CancellationToken ct);

    public const int MaxResourceBytes = 2 * 1024 * 1024, MaxBundleBytes = 10 * 1024 * 1024;

    /// <summary>Maps an interaction. Route values: <c>type</c>, <c>id</c>, <c>vid</c>. A form body (POST _search) becomes part of the query.</summary>
    public static void Map(IEndpointRouteBuilder fhir, string pattern, string[] methods, string name, Interaction interaction, int maxBody = MaxResourceBytes)
    {
        if (Writing(name) is { } kind) interaction = ReadOnly.Guard(interaction, kind);
        fhir.ServiceProvider.GetRequiredService<FhirRoutes>().Add(name, pattern, methods, interaction);
        fhir.MapMethods(pattern, methods, http => Handle(http, name, interaction, maxBody)).AllowAnonymous();
    }

    private static AccessKind? Writing(string name) => name switch
    {
        "create" => AccessKind.Create,
        "update" or "patch" or "$meta-add" or "$meta-delete" => AccessKind.Update,
        "delete" => AccessKind.Delete,
        _ => null,
    };

    private static async Task Handle(HttpContext http, string name, Interaction interaction, int maxBody)
    {
        using var activity = RecordFigures.Activities.StartActivity("fhir." + name);
        var ct = http.RequestAborted;
        var requestId = RequestId(http);
        http.Response.Headers["X-Request-Id"] = requestId;
        FhirAnswer answer;
        var services = http.RequestServices.GetRequiredService<FhirServices>();
        try
        {
            var (request, refusal) = await FhirRequestReader.Read(http, services, requestId, maxBody, ct);
            if (refusal is not null) answer = FhirAnswer.Of(refusal);
            else if (Preferences.RunsOnItsOwn(request!, name)) answer = await http.RequestServices.GetRequiredService<AsyncJobs>().Start(request!, name, interaction, ct);
            else answer = await interaction(request!, ct);
        }
        catch (BadHttpRequestException e)
        {
            // The server's own limits: a body that comes too slowly, or that is not framed as HTTP says.
            answer = FhirAnswer.Of(new Refusal(e.StatusCode, e.StatusCode == 408 ? "timeout" : "structure", "The body was not received whole, fast enough and framed as HTTP/1.1 says."));
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            services.Log.LogError(e, "The request {RequestId} ({Interaction}) failed.", requestId, name);
            answer = FhirAnswer.Of(Failure(e, requestId));
        }

        RecordFigures.Requests.Add(1, new TagList { { "interaction", name }, { "status", answer.Status } });
        await FhirAnswerWriter.Write(http, answer, ct);
    }

    internal static Refusal Failure(Exception e, string requestId) => e switch
    {
        System.Text.RegularExpressions.RegexMatchTimeoutException => Refusal.TooCostly($"A pattern in the request {requestId} takes too long to match."),
        _ when Search.SearchLimit.IsReached(e) => Refusal.TooCostly($"The request {requestId} was stopped by the limit of time of a search: ask for less at a time."),
        AuditUnavailableException => Refusal.Throttled($"The access cannot be recorded at the moment, so it is refused; the request {requestId} can be sent again."),
        Npgsql.NpgsqlException { IsTransient: true } or TimeoutException =>
            new Refusal(503, "transient", $"The store cannot be reached at the moment or did not answer in time; the request {requestId} can be sent again."),
        _ => new Refusal(500, "exception", $"The request {requestId} failed inside the platform; nothing was written."),
    };

    private static string RequestId(HttpContext http)
    {
        var given = http.Request.Headers["X-Request-Id"].ToString();
        return given.Length is > 0 and <= 64 && given.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') ? given : Guid.CreateVersion7().ToString();
    }
}
