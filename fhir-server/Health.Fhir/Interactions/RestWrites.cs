using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;

namespace Health.Fhir.Interactions;

/// <summary>What the writing interactions share: one unit to the committer, one answer by its outcome. http://hl7.org/fhir/R4/http.html#ops</summary>
internal static class RestWrites
{
    public static WriteUnit Unit(FhirRequest request, AccessFilter visible, params UnitWrite[] writes) => new(request.EventHeader, request.Institution, writes)
    {
        Caller = request.Caller,
        Visible = visible,
    };

    public static async ValueTask<FhirAnswer> Commit(FhirRequest request, WriteUnit unit, CancellationToken ct)
    {
        var outcome = await request.Services.Committer.Commit(unit, ct);
        if (outcome.Commit.Refusal is not { } refusal) return Answer(request.Prefer, outcome.Commit.Outcomes[0], outcome.Bodies[0]);
        await request.RecordRefusal(request.Method switch { "POST" => "C", "DELETE" => "D", _ => "U" }, unit.Writes[0].Interaction!, request.Id is null ? request.Type : $"{request.Type}/{request.Id}", refusal, ct);
        return FhirAnswer.Of(refusal);
    }

    /// <summary>201 with Location, 200, or 204 for a deletion; the body as Prefer asks. http://hl7.org/fhir/R4/http.html#return</summary>
    public static FhirAnswer Answer(string? prefer, RecordOutcome outcome, WrittenBody body)
    {
        if (body.Deleted || outcome.Version == 0) return new FhirAnswer(204) { Version = outcome.Version > 0 ? outcome.Version : null };
        var answer = new FhirAnswer(body.Created ? 201 : 200)
        {
            Version = outcome.Version,
            LastUpdated = body.LastUpdated,
            Location = $"{outcome.ResourceType}/{outcome.Id}/_history/{outcome.Version}",
        };
        if (Preferences.Has(prefer, "return=minimal")) return answer;
        if (Preferences.WantsOutcome(prefer))
            return answer with { IsOutcome = true, Body = OutcomeWriter.Write([new Refusal(answer.Status, "informational", $"{outcome.ResourceType}/{outcome.Id} is at version {outcome.Version}{(outcome.Changed ? "" : "; the write said nothing new")}.")]) };
        return answer with { Body = body.Json };
    }

    /// <summary>The version If-Match asks for; If-None-Match: * asks that there be none.</summary>
    public static (long? Expected, Refusal? Malformed) Expected(FhirRequest request)
    {
        if (request.IfNoneMatch?.Trim() == "*") return (0, null);
        if (request.IfMatch is not { } tag) return (null, null);
        return FhirHeaders.Version(tag) is { } version ? (version, null) : (null, Refusal.Invalid($"If-Match '{tag}' is no version tag such as W/\"3\"."));
    }

    /// <summary>The condition of a conditional interaction, or why it cannot decide one.</summary>
    public static (Criteria?, Refusal?) Condition(FhirRequest request, ConditionalForm form, string type, string query)
    {
        var text = query.TrimStart('?');
        return request.Services.Search.Check(type, text) is { } refusal ? (null, refusal) : (new Criteria(form, text), null);
    }

    /// <summary>Whether the caller may touch the resource if it exists.</summary>
    public static async ValueTask<bool> MayTouch(FhirRequest request, string type, string id, AccessFilter filter, CancellationToken ct) =>
        filter is AccessFilter.Everything || await request.Services.Records.IsVisible(type, id, filter, ct);
}
