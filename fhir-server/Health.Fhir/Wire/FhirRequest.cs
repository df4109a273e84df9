using Health.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Health.Fhir.Wire;

/// <summary>
/// One request as the interactions see it: of its own, or an entry of a batch. <paramref name="Query"/> is the raw query string without
/// '?'. <paramref name="BaseUrl"/> ends without slash.
/// </summary>
public sealed record FhirRequest(FhirServices Services, Caller Caller, string BaseUrl, string Method, string? Type, string? Id, string Query, ReadOnlyMemory<byte> Body)
{
    public long? VersionId { get; init; }
    public string? IfMatch { get; init; }
    public string? IfNoneMatch { get; init; }
    public string? IfNoneExist { get; init; }
    public string? IfModifiedSince { get; init; }
    public string? Prefer { get; init; }
    public string? ContentType { get; init; }

    /// <summary>The request's own HTTP context; null for an entry of a batch.</summary>
    public HttpContext? Http { get; init; }

    /// <summary>Parameters of the query, decoded.</summary>
    public Dictionary<string, StringValues> Parameters
    {
        get
        {
            // An entry of a batch is a copy of the batch's request under a query of its own.
            if (!ReferenceEquals(parsed?.Query, Query)) parsed = (Query, QueryHelpers.ParseQuery(Query));
            return parsed!.Value.Parameters;
        }
    }

    private (string Query, Dictionary<string, StringValues> Parameters)? parsed;

    public string? Parameter(string name) => Parameters.TryGetValue(name, out var values) ? values[^1] : null;

    public bool IsHead => Method == "HEAD";

    /// <summary>Who may see what for this kind of access; a denial is recorded before it is answered.</summary>
    public async ValueTask<(AccessFilter Filter, Refusal? Denied)> Authorise(AccessKind kind, string resourceType, CancellationToken ct)
    {
        switch (await Services.Policy.Decide(new AccessRequest(Caller, kind, resourceType), ct))
        {
            case AccessDecision.Permit permit:
                return (permit.Filter, null);
            case AccessDecision.Deny deny:
                var target = Id is null ? resourceType : $"{resourceType}/{Id}";
                await Services.Audit.Record(Fact(Action(kind), kind.ToString().ToLowerInvariant(), 4) with { Target = target, Reason = deny.Reason }, ct);
                return (new AccessFilter.Nothing(), Refusal.Forbidden($"{Caller.ClientId} may not {kind.ToString().ToLowerInvariant()} {resourceType} for {Caller.Purpose}: {deny.Reason}."));
            default:
                throw new InvalidOperationException("An access decision is a permit or a denial.");
        }
    }

    /// <summary>The rows of a type the caller may see, for looking something up on the way; nothing where not even that is permitted.</summary>
    public async ValueTask<AccessFilter> VisibleToCaller(string resourceType, CancellationToken ct) =>
        await Services.Policy.Decide(new AccessRequest(Caller, AccessKind.Read, resourceType), ct) is AccessDecision.Permit permit ? permit.Filter : new AccessFilter.Nothing();

    /// <summary>Records a read; durable when it returns, so it is called before the body is sent.</summary>
    public ValueTask RecordRead(string interaction, string? target, string? residentId, CancellationToken ct, string? detail = null, string action = "R") =>
        Services.Audit.Record(Fact(action, interaction, 0) with { Target = target, ResidentId = residentId, Detail = detail }, ct);

    /// <summary>Records that the request was not carried out, and by which issue code.</summary>
    public ValueTask RecordRefusal(string action, string interaction, string? target, Refusal refusal, CancellationToken ct) =>
        Services.Audit.Record(Fact(action, interaction, 4) with { Target = target, Reason = refusal.Code }, ct);

    public AuditFact Fact(string action, string interaction, int outcome)
    {
        var at = Services.Time.GetUtcNow();
        return new AuditFact(Guid.CreateVersion7(at), at, action, interaction, outcome, Caller.Actor, Caller.ClientId, Caller.InstitutionCode, Caller.Purpose, Caller.RequestId);
    }

    /// <summary>Header of the events this request causes.</summary>
    public EventHeader EventHeader => new(Services.Node.NodeId, Caller.Actor, Caller.Purpose, "fhir", Caller.RequestId);

    /// <summary>The institution a write is made for: the caller's, or the node itself for its operators.</summary>
    public string Institution => Caller.InstitutionCode ?? Services.Node.NodeId;

    private static string Action(AccessKind kind) => kind switch
    {
        AccessKind.Create => "C",
        AccessKind.Update => "U",
        AccessKind.Delete => "D",
        AccessKind.Search => "E",
        _ => "R",
    };
}
