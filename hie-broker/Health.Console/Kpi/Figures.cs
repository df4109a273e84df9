using Health.Contracts;
using Npgsql;

namespace Health.Console.Kpi;

/// <summary>
/// Counts notices. Each is counted in one transaction with the note that it was seen, so a notice delivered again changes nothing.
/// </summary>
public sealed class Figures(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>The console's days are the city's: UTC+8, without daylight saving.</summary>
    public static readonly TimeSpan LocalOffset = TimeSpan.FromHours(8);

    public static DateOnly LocalDay(DateTimeOffset at) => DateOnly.FromDateTime(at.ToOffset(LocalOffset).DateTime);

    /// <summary>Counts those that were not counted before; the order of the rows keeps two counts from waiting for each other.</summary>
    public async Task Count(IReadOnlyList<MessageProcessed> notices, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            with fresh as (
                insert into console.notice_seen (notice_id, happened_at, seen_at) select id, at, $3 from unnest($1, $2) as u(id, at) order by id
                on conflict do nothing returning notice_id)
            insert into console.message_count (day, institution, message_type, outcome, messages)
            select day, institution, message_type, outcome, count(*)
            from unnest($1, $4, $5, $6, $7) as u(id, day, institution, message_type, outcome) join fresh on fresh.notice_id = u.id
            group by 1, 2, 3, 4 order by 1, 2, 3, 4
            on conflict (day, institution, message_type, outcome) do update set messages = message_count.messages + excluded.messages
            """);
        // Of the same notice twice one counts.
        IReadOnlyList<MessageProcessed> distinct = [.. notices.DistinctBy(notice => notice.NoticeId)];
        command.Parameters.Add(new() { Value = distinct.Select(notice => notice.NoticeId).ToArray() });
        command.Parameters.Add(new() { Value = distinct.Select(notice => notice.At.UtcDateTime).ToArray() });
        command.Parameters.Add(new() { Value = time.GetUtcNow().UtcDateTime });
        command.Parameters.Add(new() { Value = distinct.Select(notice => LocalDay(notice.At)).ToArray() });
        command.Parameters.Add(new() { Value = distinct.Select(notice => notice.InstitutionCode).ToArray() });
        command.Parameters.Add(new() { Value = distinct.Select(notice => notice.MessageType).ToArray() });
        command.Parameters.Add(new() { Value = distinct.Select(notice => notice.Outcome).ToArray() });
        await command.ExecuteNonQueryAsync(ct);
    }

    public Task Count(VisitRegistered notice, CancellationToken ct) => Once(notice,
        """
        insert into console.registration (day, institution, channel, visits) values ($1, $2, $3, 1)
        on conflict (day, institution, channel) do update set visits = registration.visits + 1
        """,
        [LocalDay(notice.At), notice.InstitutionCode, notice.Channel], ct);

    public Task Count(VisitSettled notice, CancellationToken ct) => Once(notice,
        """
        insert into console.settlement (day, institution, channel, visits, total_fen, fund_fen, account_fen, self_fen) values ($1, $2, $3, 1, $4, $5, $6, $7)
        on conflict (day, institution, channel) do update set visits = settlement.visits + 1,
            total_fen = settlement.total_fen + excluded.total_fen, fund_fen = settlement.fund_fen + excluded.fund_fen,
            account_fen = settlement.account_fen + excluded.account_fen, self_fen = settlement.self_fen + excluded.self_fen
        """,
        [LocalDay(notice.At), notice.InstitutionCode, notice.Channel, notice.Total.Value, notice.Fund.Value, notice.Account.Value, notice.SelfPaid.Value], ct);

    /// <summary>A person counts once, in the county of the first card; "both applications" once a purse was bound.</summary>
    public Task Count(CardIssued notice, CancellationToken ct) => Once(notice,
        """
        with known as (select division, purse_bound from console.card where resident_id = $1),
        stored as (
            insert into console.card (resident_id, division, issued_at, purse_bound) values ($1, $2, $3, $4)
            on conflict (resident_id) do update set purse_bound = card.purse_bound or excluded.purse_bound
            returning division, purse_bound)
        insert into console.card_count (division, persons, both_applications)
        select stored.division, case when exists (select from known) then 0 else 1 end,
            case when stored.purse_bound and not coalesce((select purse_bound from known), false) then 1 else 0 end
        from stored
        on conflict (division) do update set persons = card_count.persons + excluded.persons,
            both_applications = card_count.both_applications + excluded.both_applications
        """,
        [notice.ResidentId, notice.DivisionCode, notice.At.UtcDateTime, notice.PurseBound], ct, turn: notice.ResidentId);

    /// <summary>The latest state by the time it happened wins: notices may overtake one another.</summary>
    public Task Count(PaymentOutcomeChanged notice, CancellationToken ct) => Once(notice,
        """
        insert into console.payment (visit_id, institution, state, changed_at) values ($1, $2, $3, $4)
        on conflict (visit_id) do update set state = excluded.state, changed_at = excluded.changed_at
        where payment.changed_at < excluded.changed_at or (payment.changed_at = excluded.changed_at and payment.state = 'unknown')
        """,
        [notice.VisitId, notice.InstitutionCode, notice.State, notice.At.UtcDateTime], ct);

    // Two first cards of one person at the same moment must see one another: notices of one turn are counted one by one.
    private async Task Once(INotice notice, string sql, object[] values, CancellationToken ct, string? turn = null)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var see = new NpgsqlCommand(
            "insert into console.notice_seen (notice_id, happened_at, seen_at) values ($1, $2, $3) on conflict do nothing", connection))
        {
            see.Parameters.Add(new() { Value = notice.NoticeId });
            see.Parameters.Add(new() { Value = notice.At.UtcDateTime });
            see.Parameters.Add(new() { Value = time.GetUtcNow().UtcDateTime });
            if (await see.ExecuteNonQueryAsync(ct) == 0) return;
        }
        if (turn is not null)
        {
            await using var wait = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended($1, 5107000003))", connection);
            wait.Parameters.Add(new() { Value = turn });
            await wait.ExecuteNonQueryAsync(ct);
        }
        await using (var count = new NpgsqlCommand(sql, connection))
        {
            foreach (var value in values) count.Parameters.Add(new() { Value = value });
            await count.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(ct);
    }
}
