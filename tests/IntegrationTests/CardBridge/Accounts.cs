using System.Net;
using System.Text;
using System.Text.Json;
using Health.IntegrationTests.Platform;
using Npgsql;

namespace Health.IntegrationTests.CardBridge;

/// <summary>A clinic of its own with a past day, its entries in the bridge's ledger, and the statements of the others.</summary>
internal sealed class Accounts(BridgeHouse house)
{
    private static int clinics;

    public string Clinic { get; } = $"MY510799T{Interlocked.Increment(ref clinics):D3}";
    public string Terminal => $"5199{Clinic[^3..]}00000";
    public DateOnly Day { get; init; } = new(2026, 3, 10);
    public HttpClient Desk => house.Host.Http.As("demo-desk", Clinic, "desk");

    public Task Enter(string party, string reference, long fen, string? cashier = null, string state = "decided", DateOnly? day = null, long? termSeq = null, string? tac = null) => Sql(
        """
        insert into cards.ledger (entry_key, visit_tx, institution_code, desk_id, cashier, business_day, party, kind, party_reference, amount_fen, terminal_no, term_seq, tac, state, made_at)
        values ($1 || '|' || $2, 'tx-' || $2, $3, 'desk-1', $4, $5, $1, case when $6::bigint < 0 then 'refund' else 'charge' end, $2, $6, case when $7::bigint is not null then '5199' || right($3, 3) || '00000' end, $7, $8, $9, now())
        """, party, reference, Clinic, (object?)cashier ?? DBNull.Value, day ?? Day, fen, (object?)termSeq ?? DBNull.Value, (object?)tac ?? DBNull.Value, state);

    /// <summary>Hands in a statement; <paramref name="lines"/> are number and amount.</summary>
    public async Task Tell(string party, params (string Reference, long Fen)[] lines)
    {
        var (status, body) = await Put(party, party == "his"
            ? "receipt_no,visit_no,total_fen,kind,posted_at\n" + string.Concat(lines.Select(line => $"{line.Reference},V,{line.Fen},{(line.Fen < 0 ? "refund" : "charge")},x\n"))
            : "number,order_no,channel,amount_fen,reference\n" + string.Concat(lines.Select(line => $"{line.Reference},{line.Reference.Replace("R-", "", StringComparison.Ordinal)},mobile,{line.Fen},X\n")) + $"#,{lines.Length},{lines.Sum(line => line.Fen)}\n");
        Assert.True(status == HttpStatusCode.OK, body.ToString());
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> Put(string party, string file, DateOnly? day = null, string? institution = null)
    {
        using var content = new StringContent(file, Encoding.UTF8, "text/csv");
        using var answer = await house.Operator.PutAsync(new Uri($"card/reconciliation/{day ?? Day:yyyy-MM-dd}/statements/{party}?institution={institution ?? Clinic}", UriKind.Relative), content);
        return (answer.StatusCode, await BridgeHouse.Body(answer));
    }

    /// <summary>Compares; what agrees is sealed when <paramref name="close"/> says so. The clinic's part of the answer.</summary>
    public async Task<JsonElement> Run(bool close = false, bool collect = false, DateOnly? day = null)
    {
        var (status, body) = await BridgeHouse.Call(house.Operator, $"card/reconciliation/{day ?? Day:yyyy-MM-dd}/run?institution={Clinic}&collect={collect}&close={close}", new { });
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        return Assert.Single(body.GetProperty("institutions").EnumerateArray());
    }

    public async Task<JsonElement> Show(DateOnly? day = null)
    {
        using var answer = await house.Operator.GetAsync(new Uri($"card/reconciliation/{day ?? Day:yyyy-MM-dd}/institutions/{Clinic}", UriKind.Relative));
        return await BridgeHouse.Body(answer);
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> Resolve(JsonElement difference, string? reason) =>
        BridgeHouse.Call(house.Operator, $"card/reconciliation/differences/{difference.GetProperty("id").GetString()}/resolution", new { reason });

    public Task<(HttpStatusCode Status, JsonElement Body)> CloseShift(string cashier, long countedFen, string? reason = null, string requestId = "r1", string? signedBy = "王收费") =>
        BridgeHouse.Call(Desk, "card/desks/desk-1/shift-close", new { cashier, day = $"{Day:yyyy-MM-dd}", countedFen, signedBy, reason, requestId });

    public async Task<int> Sql(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(house.Host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(value is DBNull ? new NpgsqlParameter { Value = value, NpgsqlDbType = Type(sql, command.Parameters.Count + 1) } : new NpgsqlParameter { Value = value });
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<T> Value<T>(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(house.Host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static NpgsqlTypes.NpgsqlDbType Type(string sql, int place) => sql.Contains($"${place}::bigint", StringComparison.Ordinal) ? NpgsqlTypes.NpgsqlDbType.Bigint : NpgsqlTypes.NpgsqlDbType.Text;
}
