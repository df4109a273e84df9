using System.Globalization;
using Health.Contracts;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Fhir.Wire.Async;

/// <summary>
/// <c>_async/&lt;job&gt;</c>: 202 with X-Progress while a job is under way, then its answer as a batch-response Bundle; DELETE cancels and
/// forgets it. For the one who started it alone; to others there is no such job.
/// </summary>
internal static class AsyncStatus
{
    public static void Map(IEndpointRouteBuilder fhir)
    {
        var jobs = fhir.ServiceProvider.GetRequiredService<AsyncJobs>();
        FhirDoor.Map(fhir, "/_async/{job:guid}", ["GET", "HEAD"], "async-status", (request, ct) => Get(request, jobs, ct));
        FhirDoor.Map(fhir, "/_async/{job:guid}", ["DELETE"], "async-cancel", (request, ct) => Delete(request, jobs, ct));
    }

    private static async ValueTask<FhirAnswer> Get(FhirRequest request, AsyncJobs jobs, CancellationToken ct)
    {
        if (Job(request) is not { } id || await jobs.Find(id, request.Caller, ct) is not { } job) return FhirAnswer.Of(Unknown);
        switch (job.State)
        {
            case "done":
                if (await jobs.Open(job, ct) is not { } bundle) return FhirAnswer.Of(Refusal.Gone("The answer cannot be opened any more: its key was destroyed."));
                await request.RecordRead("async-result", null, null, ct, job.Interaction);
                return new FhirAnswer(200) { Body = bundle, Headers = [("Expires", (job.Ended!.Value + AsyncJobs.Kept).ToString("R", CultureInfo.InvariantCulture))] };
            case "failed":
                return FhirAnswer.Of(new Refusal(500, "transient", job.Writes
                    ? "The node stopped while the request ran; whether it was written is not known: read before it is sent again."
                    : "The node stopped while the request ran; send it again."));
            default:
                return new FhirAnswer(202) { Headers = [("X-Progress", job.State == "queued" ? "waiting for its turn" : "under way"), ("Retry-After", "1")] };
        }
    }

    private static async ValueTask<FhirAnswer> Delete(FhirRequest request, AsyncJobs jobs, CancellationToken ct) =>
        Job(request) is { } id && await jobs.Cancel(id, request.Caller, ct) ? new FhirAnswer(202) : FhirAnswer.Of(Unknown);

    private static Guid? Job(FhirRequest request) => Guid.TryParse(request.Http?.Request.RouteValues["job"] as string, out var id) ? id : null;

    private static Refusal Unknown => Refusal.NotFound("There is no such request of this client under way, or its answer was forgotten.");
}
