using Health.Adapters.Listening;
using Health.Adapters.Outbound;
using Health.Contracts;
using Health.Hl7v2.Mllp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.Adapters.Queries;

/// <summary><c>POST /adapters/queries</c>: an operator asks a hospital for patients.</summary>
internal static class QueryEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/adapters/queries", Ask).RequireAuthorization().AddEndpointFilter(Doors.OperatorsOnly);

    private static async Task<IResult> Ask(
        HospitalQuestion question, HttpContext http, DestinationRegistry destinations, HospitalQuery query, IAuditTrail audit, TimeProvider time, CancellationToken ct)
    {
        if (destinations.ById(question.Destination ?? "") is not { } destination)
            return Doors.Problem(Refusal.NotFound($"There is no destination of that id; known are: {string.Join(", ", destinations.All.Select(one => one.Id))}."));
        if (question is { Name: null, Identifier: null, BirthDate: null, Phone: null })
            return Doors.Problem(Refusal.Invalid("A name, identifier, birthDate or phone is needed."));
        // A question tells the hospital about somebody, so it is in the log before it goes out.
        var asked = $"{destination.Id}: {question.Name} {question.Identifier} {question.BirthDate:yyyy-MM-dd} {question.Gender} {question.Phone}";
        await audit.Record(Doors.Fact(http, time, "E", "adapters.hospital-query", 0) with { Detail = asked }, ct);
        try
        {
            return Results.Ok(await query.Ask(destination, question, ct));
        }
        catch (MllpException e)
        {
            return Doors.Problem(new Refusal(502, "transient", $"The hospital gave no answer: {e.Message}"));
        }
    }
}
