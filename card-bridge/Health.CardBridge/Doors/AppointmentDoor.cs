using System.Globalization;
using Health.CardBridge.Log;
using Health.CardBridge.Registrations;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.CardBridge.Doors;

/// <summary>Sources of numbers (号源) and appointments. A hospital's own systems publish and stop; every desk of the region books.</summary>
public static class AppointmentDoor
{
    private const string ClinicianRole = "clinician";
    private static readonly string[] Sessions = ["am", "pm", "night"];

    /// <summary>Times with their offset; the day follows from the start, in China.</summary>
    public sealed record SourceBody(
        string? SourceId, string? DepartmentCode, string? DoctorCode, string? Session, DateTimeOffset? StartsAt, DateTimeOffset? EndsAt, long FeeFen, int Numbers, int RegionalShare, int ReferralReserved, DateTimeOffset? SharedUntil);

    public sealed record ReasonBody(string? Reason);

    /// <param name="RequestId">Chosen by the caller: the same again gives the same number.</param>
    public sealed record LockBody(string? RequestId, string? ResidentId, string? CardNo, string? IdNumber, string? ReferralNo);

    public sealed record PooledBody(string? RequestId, string? ResidentId, string? CardNo, string? IdNumber, string? PoolId, int? Number);

    public sealed record PoolBody(string? PoolId, string? DeskId, int? Count);

    public sealed record VisitBody(string? VisitTx);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var hospital = routes.Card(CardDoor.DeskRole, ClinicianRole);
        hospital.MapPost("/sources", Publish);
        hospital.MapPost("/sources/{sourceId}/stop", Stop);
        hospital.MapGet("/sources", List);
        var desk = routes.Card(CardDoor.DeskRole);
        desk.MapPost("/sources/{sourceId}/locks", Lock);
        desk.MapPost("/sources/{sourceId}/offline-pool", HandOut);
        desk.MapPost("/sources/{sourceId}/offline-pool/{poolId}/return", ReturnPool);
        desk.MapPost("/sources/{sourceId}/offline-pool/bookings", BookPooled);
        desk.MapGet("/appointments/{id}", Show);
        desk.MapPost("/appointments/{id}/confirm", (string id, Appointments book, SourceBook sources, HttpContext http, CancellationToken ct) => Act(id, "appointment-book", AnyDesk, SourceDecider.Book, book, sources, http, ct));
        desk.MapPost("/appointments/{id}/cancel", Cancel);
        desk.MapPost("/appointments/{id}/visit", Attach);
        var own = routes.Card(CardDoor.DeskRole, ClinicianRole);
        own.MapPost("/appointments/{id}/arrival", (string id, Appointments book, SourceBook sources, HttpContext http, CancellationToken ct) => Act(id, "appointment-arrive", OwnHospital, SourceDecider.Arrive, book, sources, http, ct));
        own.MapPost("/appointments/{id}/no-show", (string id, Appointments book, SourceBook sources, HttpContext http, CancellationToken ct) => Act(id, "appointment-miss", OwnHospital, SourceDecider.Miss, book, sources, http, ct));
    }

    private static async Task<IResult> Publish(SourceBody body, SourceBook sources, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var who = http.Who();
        if (who.InstitutionCode is not { } institution) return CardDoor.Problem(Refusal.Forbidden("The token names no institution."));
        if (CardDoor.Check(CardDoor.Code(body.SourceId, "sourceId"), CardDoor.Code(body.DepartmentCode, "departmentCode"), CardDoor.Code(body.DoctorCode, "doctorCode")) is { } wrong) return CardDoor.Problem(wrong);
        if (body.Session is null || !Sessions.Contains(body.Session)) return CardDoor.Problem(Refusal.Unprocessable("session: am, pm or night.", "session"));
        if (body.StartsAt is not { } starts || body.EndsAt is not { } ends || ends - starts > TimeSpan.FromHours(24)) return CardDoor.Problem(Refusal.Unprocessable("startsAt and endsAt: times with offset, within a day.", "startsAt"));
        // Sources of different hospitals may be called the same: the institution is part of the name.
        var id = $"{institution}.{body.SourceId}";
        var source = new SourcePublished(
            clock.GetUtcNow(), id, institution, body.DepartmentCode!, body.DoctorCode!, ChinaTime.DayOf(starts), body.Session, starts, ends, body.FeeFen, body.Numbers, body.RegionalShare, body.ReferralReserved, body.SharedUntil);
        var (state, refusal) = await sources.Change(id, (at, s) => SourceDecider.Publish(source with { At = at }, s), who, "source-publish", null, ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(View(state));
    }

    private static async Task<IResult> Stop(string sourceId, ReasonBody body, SourceBook sources, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.Text(body.Reason, "reason")) is { } wrong) return CardDoor.Problem(wrong);
        var (before, _) = await sources.Load(sourceId, ct);
        if (before.Published?.InstitutionCode != http.Who().InstitutionCode) return NotFound();
        var (state, refusal) = await sources.Change(sourceId, (at, s) => SourceDecider.Stop(at, body.Reason!, s), http.Who(), "source-stop", null, ct);
        if (refusal is not null) return CardDoor.Problem(refusal);
        var ended = state.Appointments.Values.Where(a => a.Stage == AppointmentStage.Stopped).ToList();
        return Results.Ok(new { source = View(state), stopped = ended.Count, refundsDue = ended.Count(a => a.VisitTx is not null) });
    }

    private static async Task<IResult> List(string? day, string? institution, string? department, Appointments book, CancellationToken ct)
    {
        if (!DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return CardDoor.Problem(Refusal.Unprocessable("day: yyyy-MM-dd.", "day"));
        return Results.Ok(new { sources = await book.Sources(date, institution, department, ct) });
    }

    private static async Task<IResult> Lock(string sourceId, LockBody body, Appointments book, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.Code(body.RequestId, "requestId")) is { } wrong) return CardDoor.Problem(wrong);
        if (body.ReferralNo is { } referral && CardDoor.Check(CardDoor.Code(referral, "referralNo")) is { } bad) return CardDoor.Problem(bad);
        var (residentId, unknown) = await book.Identify(new WhoWants(body.ResidentId, body.CardNo, body.IdNumber), ct);
        if (unknown is not null) return CardDoor.Problem(unknown);
        var id = IdOf(http.Who(), body.RequestId!);
        var (state, refusal) = await book.Lock(sourceId, id, residentId!, body.ReferralNo, http.Who(), ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(View(state.Appointments[id], state));
    }

    private static async Task<IResult> BookPooled(string sourceId, PooledBody body, Appointments book, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.Code(body.RequestId, "requestId"), CardDoor.Code(body.PoolId, "poolId")) is { } wrong) return CardDoor.Problem(wrong);
        if (body.Number is not { } number) return CardDoor.Problem(Refusal.Unprocessable("number: one of the pool.", "number"));
        var (residentId, unknown) = await book.Identify(new WhoWants(body.ResidentId, body.CardNo, body.IdNumber), ct);
        if (unknown is not null) return CardDoor.Problem(unknown);
        var id = IdOf(http.Who(), body.RequestId!);
        var (state, refusal) = await book.BookPooled(sourceId, id, residentId!, PoolIdOf(http.Who(), body.PoolId!), number, http.Who(), ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(View(state.Appointments[id], state));
    }

    private static async Task<IResult> HandOut(string sourceId, PoolBody body, SourceBook sources, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.Code(body.PoolId, "poolId"), CardDoor.Code(body.DeskId, "deskId")) is { } wrong) return CardDoor.Problem(wrong);
        var (before, _) = await sources.Load(sourceId, ct);
        if (before.Published?.InstitutionCode != http.Who().InstitutionCode) return NotFound();
        var pool = PoolIdOf(http.Who(), body.PoolId!);
        var (state, refusal) = await sources.Change(sourceId, (at, s) => SourceDecider.HandOut(at, pool, body.DeskId!, body.Count ?? 0, s), http.Who(), "source-pool", null, ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(new { body.PoolId, body.DeskId, numbers = state.Pools[pool].HandedOut, left = state.Pools[pool].Left });
    }

    private static async Task<IResult> ReturnPool(string sourceId, string poolId, SourceBook sources, HttpContext http, CancellationToken ct)
    {
        var (before, _) = await sources.Load(sourceId, ct);
        if (before.Published?.InstitutionCode != http.Who().InstitutionCode) return NotFound();
        var (_, refusal) = await sources.Change(sourceId, (at, s) => SourceDecider.ReturnPool(at, PoolIdOf(http.Who(), poolId), s), http.Who(), "source-pool-return", null, ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.NoContent();
    }

    private static async Task<IResult> Show(string id, Appointments book, SourceBook sources, HttpContext http, CancellationToken ct)
    {
        if (await book.Find(id, ct) is not { } row || !AnyDesk(row, id, http.Who())) return NotFound();
        var (state, _) = await sources.Load(row.SourceId, ct);
        return Results.Ok(View(state.Appointments[id], state));
    }

    private static Task<IResult> Cancel(string id, ReasonBody body, Appointments book, SourceBook sources, HttpContext http, CancellationToken ct) =>
        CardDoor.Check(CardDoor.Text(body.Reason, "reason")) is { } wrong
            ? Task.FromResult(CardDoor.Problem(wrong)) : Act(id, "appointment-cancel", AnyDesk, (at, appointment, s) => SourceDecider.Cancel(at, appointment, body.Reason!, s), book, sources, http, ct);

    private static async Task<IResult> Attach(string id, VisitBody body, Appointments book, SourceBook sources, VisitLog visits, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.VisitTx(body.VisitTx)) is { } wrong) return CardDoor.Problem(wrong);
        if (await book.Find(id, ct) is not { } row) return NotFound();
        var (visit, _) = await visits.Load(body.VisitTx!, ct);
        if (visit.Request is not { } request || request.ResidentId != row.ResidentId || request.InstitutionCode != row.InstitutionCode) return CardDoor.Problem(Refusal.Unprocessable("The visit is of another person or hospital.", "visitTx"));
        return await Act(id, "appointment-visit", OwnHospital, (at, appointment, s) => SourceDecider.Attach(at, appointment, body.VisitTx!, s), book, sources, http, ct);
    }

    private static async Task<IResult> Act(
        string id, string interaction, Func<AppointmentRow, string, Caller, bool> may, Func<DateTimeOffset, string, SourceState, SourceDecision> decide, Appointments book, SourceBook sources, HttpContext http, CancellationToken ct)
    {
        if (await book.Find(id, ct) is not { } row || !may(row, id, http.Who())) return NotFound();
        var (state, refusal) = await sources.Change(row.SourceId, (at, s) => decide(at, id, s), http.Who(), interaction, row.ResidentId, ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(View(state.Appointments[id], state));
    }

    // The desk that booked it (its name begins the id) and the desks of the hospital it is for.
    private static bool AnyDesk(AppointmentRow row, string id, Caller who) => OwnHospital(row, id, who) || id.StartsWith($"{who.InstitutionCode}.", StringComparison.Ordinal);

    private static bool OwnHospital(AppointmentRow row, string id, Caller who) => row.InstitutionCode == who.InstitutionCode;

    private static string IdOf(Caller who, string requestId) => $"{who.InstitutionCode}.{requestId}";

    private static string PoolIdOf(Caller who, string poolId) => $"{who.InstitutionCode}.{poolId}";

    private static object View(SourceState state) => new
    {
        state.Published!.SourceId, state.Published.InstitutionCode, state.Published.DepartmentCode, state.Published.DoctorCode, state.Published.Day, state.Published.Session, state.Published.FeeFen, state.Published.Numbers,
        free = state.IsStopped ? 0 : state.Free.Count, state = state.IsStopped ? "stopped" : "open", state.StoppedBecause,
    };

    private static object View(Appointment appointment, SourceState state)
    {
        var (start, end) = AppointmentResources.TimesOf(state.Published!, appointment.Number);
        return new
        {
            appointmentId = appointment.Id, state.Published!.SourceId, appointment.Number, state = SourceRows.TextOf(appointment.Stage), appointment.Channel,
            expiresAt = appointment.Stage == AppointmentStage.Locked ? appointment.ExpiresAt : (DateTimeOffset?)null, start, end, state.Published.FeeFen, appointment.VisitTx, appointment.Reason,
        };
    }

    private static IResult NotFound() => CardDoor.Problem(Refusal.NotFound("There is no such source or appointment."));
}
