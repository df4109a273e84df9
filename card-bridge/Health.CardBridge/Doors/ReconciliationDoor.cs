using System.Globalization;
using System.Text;
using Health.CardBridge.Reconciliation;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.CardBridge.Doors;

/// <summary>Reconciliation of days and the cashiers' shifts. A desk sees and closes what is its institution's, the operator everything.</summary>
public static class ReconciliationDoor
{
    private const int WorkListLimit = 500;
    private const long MaxStatementBytes = 256L << 20;

    public sealed record ResolutionBody(string? Reason);

    /// <param name="Cashier">As entries name it; the caller's own actor when absent.</param>
    /// <param name="RequestId">Chosen by the desk: the same again gives the same shift.</param>
    public sealed record ShiftBody(string? Cashier, string? Day, long? CountedFen, string? SignedBy, string? Reason, string? RequestId);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var office = routes.Card(CardDoor.OperatorRole);
        office.MapPost("/reconciliation/{day}/run", Run);
        office.MapPost("/reconciliation/differences/{id:guid}/resolution", Resolve);
        office.MapPost("/reconciliation/{day}/institutions/{institution}/close", Close);
        var both = routes.Card(CardDoor.OperatorRole, CardDoor.DeskRole);
        both.MapPut("/reconciliation/{day}/statements/{party}", Take);
        both.MapGet("/reconciliation/{day}/institutions/{institution}", Show);
        both.MapGet("/reconciliation/worklist", WorkList);
        var desk = routes.Card(CardDoor.DeskRole);
        desk.MapGet("/desks/{deskId}/shift", Preview);
        desk.MapPost("/desks/{deskId}/shift-close", CloseShift);
        desk.MapGet("/shifts/{shiftId}", ShowShift);
    }

    private static async Task<IResult> Run(string day, string? institution, bool? collect, bool? close, DayReconciler reconciler, DayRecords records, HttpContext http, CancellationToken ct)
    {
        if (!Day(day, out var date)) return NoDay();
        if (institution is not null && CardDoor.Check(CardDoor.Code(institution, "institution")) is { } wrong) return CardDoor.Problem(wrong);
        var results = await reconciler.Run(date, institution, collect ?? true, close ?? false, http.Who().Actor, ct);
        await records.WriteMissing(ct);
        return Results.Ok(new { day = date, institutions = results.Select(Brief), lines = results.Sum(result => result.Lines) });
    }

    private static async Task<IResult> Close(string day, string institution, DayReconciler reconciler, DayRecords records, HttpContext http, CancellationToken ct)
    {
        if (!Day(day, out var date)) return NoDay();
        if (CardDoor.Check(CardDoor.Code(institution, "institution")) is { } wrong) return CardDoor.Problem(wrong);
        var result = await reconciler.Close(institution, date, http.Who().Actor, http.Who().RequestId, ct);
        if (result.Refusal is not null) return CardDoor.Problem(result.Refusal);
        await records.WriteMissing(ct);
        return Results.Ok(Brief(result));
    }

    private static async Task<IResult> Resolve(Guid id, ResolutionBody body, DayReconciler reconciler, HttpContext http, CancellationToken ct)
    {
        if (body.Reason is not { Length: > 0 and <= 200 }) return CardDoor.Problem(Refusal.Unprocessable("reason: 1 to 200 characters.", "reason"));
        var who = http.Who();
        if (await reconciler.Resolve(id, body.Reason, who.Actor, who.RequestId, ct) is not { } result) return CardDoor.Problem(Refusal.NotFound("There is no such difference."));
        return result.Refusal is not null ? CardDoor.Problem(result.Refusal) : Results.Ok(Brief(result));
    }

    private static async Task<IResult> Take(string day, string party, string? institution, StatementCollector collector, HttpContext http, CancellationToken ct)
    {
        if (!Day(day, out var date)) return NoDay();
        if (!StatementFile.IsKnown(party)) return CardDoor.Problem(Refusal.Unprocessable("party: city-card, acquirer or his; the insurer is asked, cash is counted at the desk.", "party"));
        var who = http.Who();
        if (!IsOperator(who))
        {
            if (party != Parties.His || (institution is not null && institution != who.InstitutionCode)) return CardDoor.Problem(Refusal.Forbidden("A desk hands in the ledger of its own HIS."));
            institution = who.InstitutionCode;
        }
        if (institution is not null && CardDoor.Check(CardDoor.Code(institution, "institution")) is { } wrong) return CardDoor.Problem(wrong);
        if (party == Parties.His && institution is null) return CardDoor.Problem(Refusal.Unprocessable("institution: whose HIS it is.", "institution"));
        if (http.Request.ContentLength > MaxStatementBytes) return CardDoor.Problem(Refusal.TooCostly("The file is too long."));
        using var text = new StreamReader(http.Request.Body, Encoding.UTF8);
        var (lines, refusal) = await StatementFile.Read(party, text, ct);
        if (refusal is not null) return CardDoor.Problem(refusal);
        var taken = await collector.Take(date, party, institution, lines, who.Actor, who.RequestId, ct);
        return Results.Ok(new { lines = lines.Count, institutions = taken.Select(t => new { t.InstitutionCode, t.LineCount, t.SumFen, t.Sm3 }) });
    }

    private static async Task<IResult> Show(string day, string institution, DayBook days, DifferenceStore differences, HttpContext http, CancellationToken ct)
    {
        if (!Day(day, out var date)) return NoDay();
        if (!IsOperator(http.Who()) && institution != http.Who().InstitutionCode) return CardDoor.Problem(Refusal.NotFound("There is no such day."));
        var (state, _) = await days.Load(institution, date, ct);
        if (state.Stage == DayStage.None) return CardDoor.Problem(Refusal.NotFound("Nothing was reconciled for that day."));
        var rows = await differences.OfDay(institution, date, ct);
        return Results.Ok(new
        {
            institution, day = date, state = Text(state.Stage), state.Open, parties = Invariants(state), statements = state.Statements.Values, differences = rows.Select(View), seal = state.Closed?.Seal, state.Closed?.LineCount,
        });
    }

    private static async Task<IResult> WorkList(DifferenceStore differences, HttpContext http, CancellationToken ct) =>
        Results.Ok(new { differences = (await differences.Open(IsOperator(http.Who()) ? null : http.Who().InstitutionCode, WorkListLimit, ct)).Select(View) });

    private static async Task<IResult> Preview(string deskId, string? cashier, string? day, ShiftCloser shifts, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var who = http.Who();
        if (CardDoor.Check(CardDoor.Code(deskId, "deskId"), CardDoor.Text(cashier ?? who.Actor, "cashier")) is { } wrong) return CardDoor.Problem(wrong);
        if (!Day(day ?? Today(clock), out var date)) return NoDay();
        return Results.Ok(await shifts.Preview(who.InstitutionCode!, deskId, cashier ?? who.Actor, date, ct));
    }

    private static async Task<IResult> CloseShift(string deskId, ShiftBody body, ShiftCloser shifts, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var who = http.Who();
        var cashier = body.Cashier ?? who.Actor;
        if (CardDoor.Check(CardDoor.Code(deskId, "deskId"), CardDoor.Text(cashier, "cashier"), CardDoor.Text(body.SignedBy, "signedBy"), CardDoor.Code(body.RequestId, "requestId")) is { } wrong) return CardDoor.Problem(wrong);
        if (body.CountedFen is not { } counted) return CardDoor.Problem(Refusal.Unprocessable("countedFen: the cash in the drawer in fen.", "countedFen"));
        if (body.Reason is { Length: > 200 }) return CardDoor.Problem(Refusal.Unprocessable("reason: at most 200 characters.", "reason"));
        if (!Day(body.Day ?? Today(clock), out var date)) return NoDay();
        var (shift, refusal) = await shifts.Close(who.InstitutionCode!, deskId, cashier, date, counted, body.SignedBy!, body.Reason, body.RequestId!, who, ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(shift);
    }

    private static async Task<IResult> ShowShift(string shiftId, ShiftCloser shifts, HttpContext http, CancellationToken ct) =>
        await shifts.InstitutionOf(shiftId, ct) == http.Who().InstitutionCode && await shifts.Find(shiftId, ct) is { } shift ? Results.Ok(shift) : CardDoor.Problem(Refusal.NotFound("There is no such shift."));

    private static object Brief(DayResult result) => new
    {
        institution = result.InstitutionCode, state = Text(result.State.Stage), open = result.State.Open, waits = result.Refusal?.Diagnostics, lines = result.Lines, parties = Invariants(result.State), seal = result.State.Closed?.Seal,
    };

    private static IEnumerable<object> Invariants(DayState state) =>
        (state.Closed?.Parties ?? state.Compared?.Parties ?? []).Select(party => new
        {
            party.Party, party.Form, party.OursCount, party.OursFen, party.TheirsCount, party.TheirsFen, party.Matched, party.Differences, party.Agrees,
        });

    private static object View(DifferenceRow row) => new
    {
        id = row.Difference.Id, institution = row.Difference.InstitutionCode, day = row.Difference.Day, row.Difference.Party, row.Difference.Kind, row.Difference.Reference, row.Difference.OursFen, row.Difference.TheirsFen,
        row.Difference.Detail, row.Difference.VisitTx, row.FoundAt, row.Rule, row.ResolvedBy, row.Reason, row.ResolvedAt,
    };

    private static string Text(DayStage stage) => stage.ToString().ToLowerInvariant();

    private static bool IsOperator(Caller who) => who.Roles.Contains(CardDoor.OperatorRole);

    private static string Today(TimeProvider clock) => ChinaTime.DayOf(clock.GetUtcNow()).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static bool Day(string text, out DateOnly day) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day) && day.Year is >= 2010 and < 2100;

    private static IResult NoDay() => CardDoor.Problem(Refusal.Unprocessable("day: yyyy-MM-dd.", "day"));
}
