using Health.Adapters.Inbox;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Health.Adapters.Listening;

/// <summary>HL7 v2 over HTTP (ER7 in the body, the acknowledgement in the answer), what became of a message, and the counts.</summary>
internal static class MessageEndpoints
{
    private static readonly string[] Er7Types = [Doors.Er7, "application/hl7-v2"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/adapters/hl7v2", Receive).RequireAuthorization();
        routes.MapPost("/adapters/messages", Receive).RequireAuthorization();
        routes.MapGet("/adapters/messages/{id}", Status).RequireAuthorization();
        routes.MapGet("/adapters/messages", async (long? after, int? count, MessageList list, CancellationToken ct) =>
                Results.Ok(await list.Page(after ?? 0, Math.Clamp(count ?? MessageList.PageMost, 1, MessageList.PageMost), ct)))
            .RequireAuthorization().AddEndpointFilter(Doors.OperatorsOnly);
        routes.MapGet("/adapters/statistics", async (MessageStatistics statistics, CancellationToken ct) => Results.Ok(await statistics.Read(ct)))
            .RequireAuthorization().AddEndpointFilter(Doors.OperatorsOnly);
        routes.MapGet("/adapters/backlog", async (Backlog backlog, CancellationToken ct) => Results.Ok(await backlog.Read(ct)))
            .RequireAuthorization().AddEndpointFilter(Doors.OperatorsOnly);
    }

    private static async Task<IResult> Receive(HttpContext http, Intake intake, IAccessPolicy policy, IAuditTrail audit, TimeProvider time, AdapterSettings settings, CancellationToken ct)
    {
        var caller = Doors.CallerOf(http);
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || !Er7Types.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase))
            return Doors.Problem(new Refusal(415, "not-supported", $"The content type must be {string.Join(" or ", Er7Types)}."));
        if (Declared(type) is not { IsKnown: true } declared)
            return Doors.Problem(new Refusal(415, "not-supported", "The charset must be one such as utf-8, gb18030, gbk, big5 or us-ascii, or be left out."));
        if (await Doors.ReadBody(http.Request, settings.MaxMessageBytes, ct) is not { } body)
            return Doors.Problem(Refusal.TooCostly($"A message may have at most {settings.MaxMessageBytes} bytes."));
        try
        {
            // Stored to the end even when the caller hangs up: the answer to the next attempt is the same.
            var answer = await intake.Receive(body, new IntakeDoor(
                source => MaySendFor(caller, source), Declared: declared.Charset, Asker: caller, MayWrite: await MayWrite(policy, caller, ct), Refuses: source => DoorRules.WrongDoor(source, "http", isPlain: false)), CancellationToken.None);
            if (answer.Outcome == IntakeOutcome.Forbidden) await audit.Record(Doors.Fact(http, time, "C", "hl7-message", 4), ct);
            return answer.Ack is null ? Results.NoContent() : new Er7Result(answer);
        }
        catch (InboxUnavailableException)
        {
            return Doors.Problem(Refusal.Throttled("The message could not be stored now; send it again."));
        }
    }

    /// <summary>What a message may become is not known before it is mapped; every message writes a Patient.</summary>
    private static async Task<bool> MayWrite(IAccessPolicy policy, Caller caller, CancellationToken ct)
    {
        foreach (var kind in (AccessKind[])[AccessKind.Create, AccessKind.Update])
            if (await policy.Decide(new AccessRequest(caller, kind, "Patient"), ct) is not AccessDecision.Permit) return false;
        return true;
    }

    private static async Task<IResult> Status(string id, HttpContext http, MessageStatistics statistics, CancellationToken ct)
    {
        var caller = Doors.CallerOf(http);
        var found = await statistics.Find(id, ct);
        return found is null || !(caller.Roles.Contains("operator") || caller.InstitutionCode == found.Institution)
            ? Doors.Problem(Refusal.NotFound("No message of that id."))
            : Results.Ok(found);
    }

    private static (bool IsKnown, Hl7Charset? Charset) Declared(MediaTypeHeaderValue type)
    {
        if (!type.Charset.HasValue || type.Charset.Length == 0) return (true, null);
        var charset = Hl7Charset.FromName(HeaderUtilities.RemoveQuotes(type.Charset).Value);
        return (charset is not null, charset);
    }

    private static bool MaySendFor(Caller caller, SourceProfile source) => caller.Roles.Contains("operator") || caller.InstitutionCode == source.InstitutionCode;

    /// <summary>200 for accepted, 403 for a caller who may not write, 409 for a reused control id, 422 for rejected; the body is the acknowledgement in the sender's charset.</summary>
    private sealed class Er7Result(IntakeAnswer answer) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = answer.Outcome switch { IntakeOutcome.Rejected => 422, IntakeOutcome.Forbidden => 403, IntakeOutcome.Reused => 409, _ => 200 };
            httpContext.Response.ContentType = Doors.Er7;
            if (answer.MessageId is not null) httpContext.Response.Headers.Location = $"/adapters/messages/{answer.MessageId}";
            await httpContext.Response.Body.WriteAsync(answer.Ack!, httpContext.RequestAborted);
        }
    }
}
