using System.Globalization;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Health.Fhir.Bulk;

/// <summary>
/// Kick-off of exports, status and cancelling of both kinds of job, and their files. https://hl7.org/fhir/uv/bulkdata/STU2/export.html
/// A job is there only for who asked for it.
/// </summary>
public sealed class BulkDoor(BulkTable table, Spool spool, ExportRows rows, ExportFile exports, BulkWakeup wakeup, FhirServices services)
{
    private const int RetryAfterSeconds = 2, ErrorsAtOnce = 500;

    public async ValueTask<FhirAnswer> Export(FhirRequest request, string level, CancellationToken ct)
    {
        if (request.Prefer?.Contains("respond-async", StringComparison.Ordinal) != true)
            return FhirAnswer.Of(Refusal.Invalid("$export answers later: send Prefer: respond-async."));
        if (ExportReader.TryRead(request, level, out var wanted) is { } refusal) return FhirAnswer.Of(refusal);
        var (filter, denied) = await request.Authorise(AccessKind.Search, wanted.Types.Count > 0 ? wanted.Types[0] : level == "system" ? "*" : "Patient", ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        foreach (var type in wanted.Types.Skip(1))
            if (await request.Authorise(AccessKind.Search, type, ct) is (_, { } deniedType)) return FhirAnswer.Of(deniedType);
        if (level == "Group")
        {
            (filter, denied) = await request.Authorise(AccessKind.Read, "Group", ct);
            if (denied is not null) return FhirAnswer.Of(denied);
            if (!await services.Records.IsVisible("Group", request.Id!, filter, ct)) return await NotKnown(request, $"Group/{request.Id}", ct);
        }

        var id = BulkTable.NewId();
        // The fact stands before anything is prepared.
        await request.RecordRead("export", $"$export-status/{id}", null, ct, wanted.Url, "E");
        return await Accept(request, id, "export", wanted, ct);
    }

    /// <summary>Queues a job and says where to ask for it.</summary>
    public async ValueTask<FhirAnswer> Accept(FhirRequest request, string id, string kind, BulkRequest wanted, CancellationToken ct)
    {
        if (!await table.Insert(id, kind, wanted, await services.Horizon.Current(ct), ct))
            return FhirAnswer.Of(new Refusal(429, "throttled", $"{BulkOptions.MostJobsPerOwner} of your jobs are not finished: wait for them, or cancel one."));
        wakeup.Set();
        return new FhirAnswer(202) { Headers = [("Content-Location", $"{request.BaseUrl}/${kind}-status/{id}")] };
    }

    public async ValueTask<FhirAnswer> Status(FhirRequest request, CancellationToken ct)
    {
        if (await Own(request.Caller, request.Id!, ct) is not { } job) return await NotKnown(request, $"$export-status/{request.Id}", ct);
        switch (job.State)
        {
            case "done":
                return new FhirAnswer(200)
                {
                    Body = job.Kind == "export" ? BulkManifest.OfExport(job, await table.Files(job.Id, ct)) : BulkManifest.OfImport(job),
                    ContentType = "application/json",
                    Headers = [("Expires", job.ExpiresAt!.Value.UtcDateTime.ToString("R", CultureInfo.InvariantCulture))],
                };
            case "failed":
                return FhirAnswer.Of(new Refusal(500, "exception", job.Fault ?? "The job failed."));
            default:
                var progress = job.State == "waiting" ? "waiting" : $"{job.Done} resources{(job.Failed > 0 ? $", {job.Failed} refused" : "")}, at {job.Position}";
                return new FhirAnswer(202) { Headers = [("X-Progress", progress), ("Retry-After", RetryAfterSeconds.ToString(CultureInfo.InvariantCulture))] };
        }
    }

    /// <summary>Cancels a job, or removes a finished one, with its files.</summary>
    public async ValueTask<FhirAnswer> Cancel(FhirRequest request, CancellationToken ct)
    {
        if (await Own(request.Caller, request.Id!, ct) is not { } job) return await NotKnown(request, $"$export-status/{request.Id}", ct);
        await request.RecordRead($"{job.Kind}-cancel", $"${job.Kind}-status/{job.Id}", null, ct, action: "D");
        await table.Remove(job.Id, ct);
        spool.Remove(job.Id);
        return new FhirAnswer(202);
    }

    /// <summary><c>/$export-file/JOB/NUMBER</c> and <c>/$import-file/JOB/errors</c>: newline-delimited JSON, written as it is read.</summary>
    public async Task File(HttpContext http)
    {
        var ct = http.RequestAborted;
        try
        {
            var (id, name) = ((string)http.Request.RouteValues["id"]!, (string)http.Request.RouteValues["name"]!);
            if (Caller.From(http.User, http.TraceIdentifier) is not { } caller)
            {
                await Refuse(http, new Refusal(401, "login", "An access token is needed: Authorization: Bearer …"));
                return;
            }

            var job = await Own(caller, id, ct);
            if (job is { State: "done", Kind: "import" } && name == "errors") await Errors(http, job, caller, ct);
            else if (job is { State: "done", Kind: "export" } && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) await Export(http, job, caller, number, ct);
            else await Refuse(http, Refusal.NotFound("There is no such file for you, or it has expired."));
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            services.Log.LogError(e, "A bulk file failed on the way.");
            // A file that ends early must not look whole.
            if (http.Response.HasStarted) http.Abort();
            else await Refuse(http, new Refusal(500, "exception", "The file could not be read."));
        }
    }

    private async Task Export(HttpContext http, BulkJob job, Caller caller, int number, CancellationToken ct)
    {
        var file = (await table.Files(job.Id, ct)).Find(each => each.Number == number);
        if (file is null || await rows.FilterOf(job, file.Type, ct) is not { } filter)
        {
            await Refuse(http, Refusal.NotFound("There is no such file for you, or it has expired."));
            return;
        }

        await Record(caller with { Purpose = job.Request.Caller.Purpose }, http, "export-file", $"$export-file/{job.Id}/{number}", $"{file.Type}, {file.Count} resources", ct);
        Begin(http);
        await exports.Write(job, file, filter, http.Response.BodyWriter, async () => await http.Response.BodyWriter.FlushAsync(ct), ct);
    }

    private async Task Errors(HttpContext http, BulkJob job, Caller caller, CancellationToken ct)
    {
        await Record(caller, http, "import-file", $"$import-file/{job.Id}/errors", null, ct);
        Begin(http);
        var (input, line) = (0, 0L);
        while (await table.Errors(job.Id, input, line, ErrorsAtOnce, ct) is { Count: > 0 } errors)
        {
            foreach (var error in errors) JsonLine.Append(http.Response.BodyWriter, error.Issue);
            await http.Response.BodyWriter.FlushAsync(ct);
            (input, line) = (errors[^1].Input, errors[^1].Line);
        }
    }

    private static void Begin(HttpContext http)
    {
        http.Response.ContentType = "application/fhir+ndjson";
        http.Response.Headers.CacheControl = "no-store";
    }

    private async ValueTask<BulkJob?> Own(Caller caller, string id, CancellationToken ct) =>
        await table.Find(id, ct) is { } job && job.Owner == BulkJob.OwnerOf(caller) && !(job.ExpiresAt < services.Time.GetUtcNow()) ? job : null;

    private ValueTask Record(Caller caller, HttpContext http, string interaction, string target, string? detail, CancellationToken ct)
    {
        var at = services.Time.GetUtcNow();
        return services.Audit.Record(new AuditFact(Guid.CreateVersion7(at), at, "R", interaction, 0, caller.Actor, caller.ClientId, caller.InstitutionCode, caller.Purpose, http.TraceIdentifier) { Target = target, Detail = detail }, ct);
    }

    private static async ValueTask<FhirAnswer> NotKnown(FhirRequest request, string target, CancellationToken ct)
    {
        var unknown = Refusal.NotFound($"{target} is not known, or not yours, or expired.");
        await request.RecordRefusal("R", "bulk", target, unknown, ct);
        return FhirAnswer.Of(unknown);
    }

    internal static Task Refuse(HttpContext http, Refusal refusal) => FhirAnswerWriter.Write(http, FhirAnswer.Of(refusal), http.RequestAborted);
}
