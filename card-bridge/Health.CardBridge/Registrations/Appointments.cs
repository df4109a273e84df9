using Health.CardBridge.Issuing;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Registrations;

/// <summary>Who wants a number: exactly one of the three. A QR code or a card is tapped first (<c>/card/taps</c>), which gives the resident.</summary>
public sealed record WhoWants(string? ResidentId, string? CardNo, string? IdNumber);

/// <summary>Where an appointment is, found by its id.</summary>
public sealed record AppointmentRow(string AppointmentId, string SourceId, int Number, string ResidentId, string InstitutionCode, string DepartmentCode, DateOnly Day, string State, DateTimeOffset? LockedUntil, string? VisitTx, string? Refund);

/// <summary>An open source as desks see it.</summary>
public sealed record SourceRow(string SourceId, string InstitutionCode, string DepartmentCode, string DoctorCode, DateOnly Day, string Session, DateTimeOffset StartsAt, DateTimeOffset EndsAt, long FeeFen, int Numbers, int Free);

/// <summary>Numbers for residents: kept, booked, cancelled, missed. What holds across sources is decided here: one number per person, department and day, and the limits of missed ones.</summary>
public sealed class Appointments(SourceBook sources, CardLog cards, IResidentIndex residents, NpgsqlDataSource database, TimeProvider clock)
{
    private const int MostListed = 500, MaxTries = 3;

    /// <summary>The resident, or why there is none. A card must be active.</summary>
    public async Task<(string? ResidentId, Refusal? Refusal)> Identify(WhoWants who, CancellationToken ct)
    {
        if (new[] { who.ResidentId, who.CardNo, who.IdNumber }.Count(named => named is not null) != 1) return (null, Refusal.Unprocessable("Exactly one of residentId, cardNo and idNumber.", "residentId"));
        if (who.CardNo is not null)
        {
            var (card, _) = await cards.Load(cards.IdOf(who.CardNo), ct);
            return card.Stage == CardStage.Active ? (card.Made!.ResidentId, null) : (null, Refusal.Unprocessable("The card is not active.", "cardNo"));
        }
        if (who.IdNumber is not null)
        {
            if (!ResidentIdNumber.TryParse(who.IdNumber, out var number)) return (null, Refusal.Unprocessable("The number is no resident ID number.", "idNumber"));
            return await residents.Find(new PersonIdentifier(IdentifierSystems.ResidentId, number.Value), ct) is { } found ? (found, null) : (null, Refusal.Unprocessable("Nobody is known under this number.", "idNumber"));
        }
        return (await residents.PatientsOf(who.ResidentId!, ct)).Count > 0 ? (who.ResidentId, null) : (null, Refusal.Unprocessable("There is no such resident.", "residentId"));
    }

    /// <summary>Keeps a number for two minutes.</summary>
    /// <param name="appointmentId">Chosen by the caller: the same again gives the same number.</param>
    public async Task<(SourceState State, Refusal? Refusal)> Lock(string sourceId, string appointmentId, string residentId, string? referralNo, Caller caller, CancellationToken ct)
    {
        var (state, _) = await sources.Load(sourceId, ct);
        if (state.Published is not { } source) return (state, Refusal.NotFound("There is no such source."));
        var today = ChinaTime.DayOf(clock.GetUtcNow());
        if (source.Day > today && NoShowRules.BlockedUntil(await Missed(residentId, ct), today) is { } until)
            return (state, Refusal.Forbidden($"Too many appointments were missed: no reservation until {until:yyyy-MM-dd}. 爽约次数过多,{until:yyyy-MM-dd}前不能预约。"));
        var channel = referralNo is not null ? SourceDecider.Referral : caller.InstitutionCode == source.InstitutionCode ? SourceDecider.Hospital : SourceDecider.Region;
        SourceDecision Decide(DateTimeOffset at, SourceState s) => SourceDecider.Lock(at, appointmentId, residentId, channel, referralNo, s);
        return await OncePerDay(source, residentId, () => sources.Change(sourceId, Decide, caller, "appointment-lock", residentId, ct), ct);
    }

    /// <summary>Books a number that a desk gave away from its pool while it was cut off.</summary>
    public async Task<(SourceState State, Refusal? Refusal)> BookPooled(string sourceId, string appointmentId, string residentId, string poolId, int number, Caller caller, CancellationToken ct)
    {
        var (state, _) = await sources.Load(sourceId, ct);
        if (state.Published is not { } source) return (state, Refusal.NotFound("There is no such source."));
        return await OncePerDay(source, residentId, () => sources.Change(sourceId, (at, s) => SourceDecider.BookPooled(at, appointmentId, residentId, poolId, number, s), caller, "appointment-book", residentId, ct), ct);
    }

    public async Task<AppointmentRow?> Find(string appointmentId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "select appointment_id, source_id, number, resident_id, institution_code, department_code, business_day, state, locked_until, visit_tx, refund from cards.appointment where appointment_id = $1");
        command.Parameters.Add(new() { Value = appointmentId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        return new AppointmentRow(
            reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetFieldValue<DateOnly>(6), reader.GetString(7),
            reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8), reader.IsDBNull(9) ? null : reader.GetString(9), reader.IsDBNull(10) ? null : reader.GetString(10));
    }

    /// <summary>Sources with what is free, of a day and department.</summary>
    public async Task<IReadOnlyList<SourceRow>> Sources(DateOnly day, string? institutionCode, string? departmentCode, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select source_id, institution_code, department_code, doctor_code, business_day, session, starts_at, ends_at, fee_fen, numbers, free from cards.source
            where business_day = $1 and stage = 'open' and ($2::text is null or institution_code = $2) and ($3::text is null or department_code = $3) order by institution_code, department_code, starts_at, doctor_code limit $4
            """);
        command.Parameters.Add(new() { Value = day });
        foreach (var text in new[] { institutionCode, departmentCode }) command.Parameters.Add(new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = MostListed });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<SourceRow> rows = [];
        while (await reader.ReadAsync(ct))
            rows.Add(new SourceRow(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<DateOnly>(4), reader.GetString(5), reader.GetFieldValue<DateTimeOffset>(6),
                reader.GetFieldValue<DateTimeOffset>(7), reader.GetInt64(8), reader.GetInt32(9), reader.GetInt32(10)));
        return rows;
    }

    /// <summary>Gives locks back that ran out; returns how many sources had some.</summary>
    public async Task<int> ExpireLocks(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select distinct source_id from cards.appointment where state = 'locked' and locked_until <= $1");
        command.Parameters.Add(new() { Value = clock.GetUtcNow() });
        List<string> due = [];
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                due.Add(reader.GetString(0));
        foreach (var sourceId in due) await sources.Change(sourceId, SourceDecider.Expire, null, "appointment-expire", null, ct);
        return due.Count;
    }

    // The constraint decides. A lock elsewhere that ran out must not: it is given back first, by us or by somebody at the same moment.
    private async Task<(SourceState, Refusal?)> OncePerDay(SourcePublished source, string residentId, Func<Task<SourceResult>> act, CancellationToken ct)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                var (state, refusal) = await act();
                return (state, refusal);
            }
            catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.UniqueViolation && held.ConstraintName == SourceBook.OnePerDay)
            {
                var (holder, ranOut) = await Holder(source, residentId, ct);
                if (tries == MaxTries || (holder is not null && !ranOut)) return (SourceState.Empty, Refusal.Conflict("This person holds a number of this department on that day."));
                if (holder is not null) await sources.Change(holder, SourceDecider.Expire, null, "appointment-expire", null, ct);
            }
        }
    }

    private async Task<(string? SourceId, bool RanOut)> Holder(SourcePublished source, string residentId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select source_id, state = 'locked' and locked_until <= $5 from cards.appointment
            where resident_id = $1 and institution_code = $2 and department_code = $3 and business_day = $4 and state in ('locked', 'booked', 'arrived', 'missed')
            """);
        foreach (object value in new object[] { residentId, source.InstitutionCode, source.DepartmentCode, source.Day, clock.GetUtcNow() }) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetString(0), reader.GetBoolean(1)) : (null, false);
    }

    private async Task<List<DateOnly>> Missed(string residentId, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select business_day from cards.appointment where resident_id = $1 and state = 'missed'");
        command.Parameters.Add(new() { Value = residentId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<DateOnly> days = [];
        while (await reader.ReadAsync(ct)) days.Add(reader.GetFieldValue<DateOnly>(0));
        return days;
    }
}
