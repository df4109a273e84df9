using System.Globalization;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Interactions;

/// <summary>
/// delete and conditional delete. http://hl7.org/fhir/R4/http.html#delete. A search that matches more than one resource deletes none (412)
/// unless <c>_count</c> says how many it may be: then all of them go in one unit, or, where there are more, none.
/// The history stays; a read answers 410. What is not there, or not the caller's to touch, is deleted without effect: 204.
/// </summary>
public static class Delete
{
    public const int MaxMatches = 100;

    public static void Map(IEndpointRouteBuilder fhir)
    {
        FhirDoor.Map(fhir, "/{type}/{id}", ["DELETE"], "delete", Handle);
        FhirDoor.Map(fhir, "/{type}", ["DELETE"], "delete", Handle);
    }

    public static async ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        var (filter, denied) = await request.Authorise(AccessKind.Delete, request.Type!, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        if (request.Id is null && request.Parameter("_count") is { } count) return await Several(request, filter, count, ct);
        var (write, refusal) = await Prepare(request, request.Type!, filter, ct);
        return refusal is not null ? FhirAnswer.Of(refusal) : await RestWrites.Commit(request, RestWrites.Unit(request, filter, write!), ct);
    }

    private static async ValueTask<FhirAnswer> Several(FhirRequest request, AccessFilter filter, string count, CancellationToken ct)
    {
        var (writes, refusal) = await PrepareSeveral(request, request.Type!, filter, count, ct);
        if (refusal is not null) return FhirAnswer.Of(refusal);
        if (writes.Count == 0) return new FhirAnswer(204);
        var outcome = await request.Services.Committer.Commit(RestWrites.Unit(request, filter, [.. writes]), ct);
        if (outcome.Commit.Refusal is { } refused)
        {
            await request.RecordRefusal("D", "delete", request.Type, refused, ct);
            return FhirAnswer.Of(refused);
        }

        var deleted = outcome.Commit.Outcomes.Count(one => one.Changed);
        return new FhirAnswer(200) { IsOutcome = true, Body = OutcomeWriter.Write([new Refusal(200, "informational", $"{deleted} resources of type {request.Type} were deleted.")]) };
    }

    /// <summary>A deletion for each match; the committer evaluates the search once more for each, so what changed meanwhile stays.</summary>
    public static async ValueTask<(IReadOnlyList<UnitWrite> Writes, Refusal?)> PrepareSeveral(FhirRequest request, string type, AccessFilter filter, string count, CancellationToken ct)
    {
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var most) || most is < 1 or > MaxMatches)
            return ([], Refusal.Invalid($"_count of a conditional delete is a number from 1 to {MaxMatches}.", "_count"));
        var query = string.Join('&', request.Query.Split('&').Where(pair => !pair.StartsWith("_count=", StringComparison.Ordinal)));
        var (criteria, refusal) = RestWrites.Condition(request, ConditionalForm.Delete, type, query);
        if (refusal is not null) return ([], refusal);
        await using var connection = await request.Services.Database.OpenConnectionAsync(ct);
        var ids = await request.Services.Search.FindIds(connection, null, type, criteria!.Query, filter, most + 1, ct);
        if (ids.Count > most) return ([], Refusal.MultipleMatches($"{type}?{criteria.Query} matches more than {most} resources; none was deleted."));
        return ([.. ids.Select(id => new UnitWrite(new RecordWrite(WriteKind.Delete, type, id, default))
        {
            Criteria = criteria with { Query = $"{criteria.Query}&_id={id}" },
            Interaction = "delete",
        })], null);
    }

    public static async ValueTask<(UnitWrite?, Refusal?)> Prepare(FhirRequest request, string type, AccessFilter filter, CancellationToken ct)
    {
        var (expected, malformed) = RestWrites.Expected(request);
        if (malformed is not null) return (null, malformed);
        if (request.Id is null && request.Parameter("_count") is not null) return (null, Refusal.NotSupported("Inside a transaction a conditional delete is of one match, without _count.", "_count"));
        Criteria? criteria = null;
        if (request.Id is null)
        {
            (criteria, var refusal) = RestWrites.Condition(request, ConditionalForm.Delete, type, request.Query);
            if (refusal is not null) return (null, refusal);
        }

        return (new UnitWrite(new RecordWrite(WriteKind.Delete, type, request.Id ?? "-", default) { ExpectedVersion = expected })
        {
            Criteria = criteria,
            Interaction = "delete",
            MayTouchExisting = request.Id is null || await RestWrites.MayTouch(request, type, request.Id, filter, ct),
        }, null);
    }
}
