using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.CardBridge.Registrations;

/// <summary>The rows of a source and its appointments, written in the transaction of the facts they follow from.</summary>
public static class SourceRows
{
    public static IEnumerable<SqlStatement> Of(SourceState before, SourceState after)
    {
        yield return Source(after);
        var changed = after.Appointments.Values.Where(a => !before.Appointments.TryGetValue(a.Id, out var old) || old.Changes != a.Changes);
        // What is given back makes room for what is taken.
        foreach (var appointment in changed.OrderBy(a => a.HoldsNumber)) yield return Of(appointment, after);
    }

    private static SqlStatement Source(SourceState state)
    {
        var p = state.Published!;
        return new SqlStatement(
            """
            insert into cards.source (source_id, institution_code, department_code, doctor_code, business_day, session, starts_at, ends_at, fee_fen, numbers, free, stage, version, changed_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            on conflict (source_id) do update set free = $11, stage = $12, version = $13, changed_at = $14
            """,
            [
                p.SourceId, p.InstitutionCode, p.DepartmentCode, p.DoctorCode, p.Day, p.Session, p.StartsAt.ToUniversalTime(), p.EndsAt.ToUniversalTime(), p.FeeFen, p.Numbers, state.IsStopped ? 0 : state.Free.Count,
                state.IsStopped ? "stopped" : "open", state.IsStopped ? 2L : 1L, state.ChangedAt.ToUniversalTime(),
            ]);
    }

    private static SqlStatement Of(Appointment a, SourceState state)
    {
        var p = state.Published!;
        var refund = a is { Stage: AppointmentStage.Stopped, VisitTx: not null } ? "due" : null;
        return new SqlStatement(
            """
            insert into cards.appointment (appointment_id, source_id, number, resident_id, institution_code, department_code, business_day, channel, state, locked_until, visit_tx, refund, version, changed_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            on conflict (appointment_id) do update set state = $9, visit_tx = $11, refund = coalesce(appointment.refund, $12), version = $13, changed_at = $14
            """,
            [
                a.Id, p.SourceId, a.Number, a.ResidentId, p.InstitutionCode, p.DepartmentCode, p.Day, a.Channel, TextOf(a.Stage), a.ExpiresAt.ToUniversalTime(), Text(a.VisitTx), Text(refund), (long)a.Changes,
                state.ChangedAt.ToUniversalTime(),
            ]);
    }

    public static string TextOf(AppointmentStage stage) => stage.ToString().ToLowerInvariant();

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
