using Health.Contracts;
using Npgsql;

namespace Health.Console.Kpi;

/// <summary>Reads the figures of one local day from one snapshot.</summary>
public sealed class DayReports(NpgsqlDataSource database)
{
    public const int WindowDays = 30, UndecidedShown = 50;

    public async Task<DayReport> Of(DateOnly day, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        var messages = await Rows(connection, """
            select institution, coalesce(sum(messages) filter (where outcome = 'accepted'), 0)::bigint, coalesce(sum(messages) filter (where outcome = 'quarantined'), 0)::bigint
            from console.message_count where day = $1 group by institution order by institution
            """, [day], row => new MessagesOfInstitution(row.GetString(0), row.GetInt64(1), row.GetInt64(2)), ct);
        var registered = await Rows(connection, "select channel, sum(visits)::bigint from console.registration where day = $1 group by channel",
            [day], row => (Channel: row.GetString(0), Visits: row.GetInt64(1)), ct);
        var settled = await Rows(connection, """
            select channel, sum(visits)::bigint, sum(total_fen)::bigint, sum(fund_fen)::bigint, sum(account_fen)::bigint, sum(self_fen)::bigint
            from console.settlement where day = $1 group by channel
            """, [day], row => (Channel: row.GetString(0), Sum: Sum(row)), ct);
        var cards = await Rows(connection, "select division, persons, both_applications from console.card_count order by division",
            [], row => new CardsOfCounty(row.GetString(0), row.GetInt64(1), row.GetInt64(2)), ct);
        var visits = await Visits(connection, day, ct);
        var undecided = await Rows(connection, $"select visit_id, institution, changed_at from console.payment where state = 'unknown' order by changed_at limit {UndecidedShown}",
            [], row => new UndecidedPayment(row.GetString(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2)), ct);
        var undecidedTotal = await Rows(connection, "select count(*) from console.payment where state = 'unknown'", [], row => row.GetInt64(0), ct);
        var last = await Rows(connection, "select happened_at, seen_at from console.notice_seen order by seen_at desc limit 1",
            [], row => new Currency(row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset>(1)), ct);
        return new DayReport(
            day, messages,
            registered.Where(entry => entry.Channel == "card").Sum(entry => entry.Visits), registered.Sum(entry => entry.Visits),
            Add(settled.Where(entry => entry.Channel == "card").Select(entry => entry.Sum)), Add(settled.Select(entry => entry.Sum)),
            cards, visits, undecided, undecidedTotal[0], last.Count == 0 ? null : last[0]);
    }

    private static Task<List<VisitsOfInstitution>> Visits(NpgsqlConnection connection, DateOnly day, CancellationToken ct) => Rows(connection, """
        with registered as (
            select institution, sum(visits) as visits, coalesce(sum(visits) filter (where channel = 'card'), 0) as by_card
            from console.registration where day > $1 and day <= $2 group by institution),
        settled as (
            select institution, sum(visits) as by_card from console.settlement where channel = 'card' and day > $1 and day <= $2 group by institution)
        select institution, coalesce(registered.visits, 0)::bigint, coalesce(registered.by_card, 0)::bigint, coalesce(settled.by_card, 0)::bigint
        from registered full join settled using (institution) order by institution
        """, [day.AddDays(-WindowDays), day], row => new VisitsOfInstitution(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)), ct);

    private static SettlementSum Sum(NpgsqlDataReader row) =>
        new(row.GetInt64(1), new Fen(row.GetInt64(2)), new Fen(row.GetInt64(3)), new Fen(row.GetInt64(4)), new Fen(row.GetInt64(5)));

    private static SettlementSum Add(IEnumerable<SettlementSum> sums) => sums.Aggregate(SettlementSum.None, (a, b) =>
        new SettlementSum(a.Visits + b.Visits, a.Total + b.Total, a.Fund + b.Fund, a.Account + b.Account, a.SelfPaid + b.SelfPaid));

    private static async Task<List<T>> Rows<T>(NpgsqlConnection connection, string sql, object[] values, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(read(reader));
        return rows;
    }
}
