using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.CardBridge.Payers;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Reconciliation;

/// <summary>What the insurer says of a day: it agreed to the totals, or the lines of its detail file.</summary>
public abstract record InsurerStatement
{
    private InsurerStatement() { }

    /// <param name="Totals">What was agreed to, for the digest.</param>
    public sealed record Agreed(long SumFen, string Totals) : InsurerStatement;

    public sealed record Detail(IReadOnlyList<StatementLine> Lines) : InsurerStatement;
}

/// <summary>Reconciles a clinic's day with the insurer: 3201 with totals; when they differ 9101, 3202 and 9102 with the settlements one by one.</summary>
public sealed class InsurerStatements(NationalInterface insurer, MsgIds msgIds, NpgsqlDataSource database, LedgerSettings settings, CardBridgeSettings bridge, TimeProvider clock)
{
    private const string Operator = "reconciliation";

    // A settlement undone on its day is nothing on either side.
    private const string Settled = """
        select l.party_reference, coalesce(max(v.total_fen), sum(l.amount_fen))::bigint,
               sum(case when l.kind = 'refund' then -abs(coalesce(l.fund_fen, 0)) else coalesce(l.fund_fen, 0) end)::bigint,
               sum(case when l.kind = 'refund' then -abs(coalesce(l.account_fen, 0)) else coalesce(l.account_fen, 0) end)::bigint
        from cards.ledger l left join cards.visit v using (visit_tx)
        where l.institution_code = $1 and l.business_day = $2 and l.party = 'insurer'
        group by l.party_reference having sum(l.amount_fen) <> 0 order by l.party_reference collate "C"
        """;

    public async Task<PayerAnswer<InsurerStatement>> Ask(string institutionCode, DateOnly day, CancellationToken ct)
    {
        var lines = await Ours(institutionCode, day, ct);
        var data = Totals(lines, day);
        return await Send(institutionCode, day, "3201", new JsonObject { ["data"] = data.DeepClone() }, output => output.GetProperty("stmtinfo").GetProperty("stmt_rslt").ToString(), ct) switch
        {
            PayerAnswer<string>.Accepted("0") => new PayerAnswer<InsurerStatement>.Accepted(new InsurerStatement.Agreed(lines.Sum(line => line.Fund.Value + line.Account.Value), data.ToJsonString())),
            PayerAnswer<string>.Accepted => await AskDetail(institutionCode, day, lines, data, ct),
            var failed => Failed<InsurerStatement, string>(failed),
        };
    }

    private async Task<PayerAnswer<InsurerStatement>> AskDetail(string institutionCode, DateOnly day, List<SettledLine> lines, JsonObject totals, CancellationToken ct)
    {
        var name = $"{institutionCode}-{day:yyyyMMdd}.zip";
        var upload = new JsonObject { ["fsUploadIn"] = new JsonObject { ["in"] = Convert.ToBase64String(DetailFile.Write(lines)), ["filename"] = name, ["fixmedins_code"] = institutionCode } };
        var uploaded = await Send(institutionCode, day, "9101", upload, output => output.GetProperty("file_qury_no").ToString(), ct);
        if (uploaded is not PayerAnswer<string>.Accepted(var number)) return Failed<InsurerStatement, string>(uploaded);
        totals["file_qury_no"] = number;
        var compared = await Send(institutionCode, day, "3202", new JsonObject { ["data"] = totals.DeepClone() }, output => (output.GetProperty("fileinfo").GetProperty("file_qury_no").ToString(), output.GetProperty("fileinfo").GetProperty("filename").ToString()), ct);
        if (compared is not PayerAnswer<(string, string)>.Accepted(var (answerNumber, answerName))) return Failed<InsurerStatement, (string, string)>(compared);
        var download = new JsonObject { ["fsDownloadIn"] = new JsonObject { ["file_qury_no"] = answerNumber, ["filename"] = answerName, ["fixmedins_code"] = institutionCode } };
        var file = await Send(institutionCode, day, "9102", download, output => Lines(DetailFile.Read(Convert.FromBase64String(output.GetProperty("fsDownloadOut").GetProperty("in").ToString()))), ct);
        return file is PayerAnswer<IReadOnlyList<StatementLine>>.Accepted(var theirs)
            ? new PayerAnswer<InsurerStatement>.Accepted(new InsurerStatement.Detail(theirs)) : Failed<InsurerStatement, IReadOnlyList<StatementLine>>(file);
    }

    // What the insurer paid nothing of moves nothing between it and us.
    private static IReadOnlyList<StatementLine> Lines(IReadOnlyList<SettledLine> settled) =>
    [
        .. settled.Select(line => (line.SettlementId, Fen: line.Fund.Value + line.Account.Value)).Where(line => line.Fen != 0)
            .Select(line => new StatementLine(new PartyLine(line.SettlementId, line.Fen > 0 ? PartyLine.Charge : PartyLine.Refund, line.Fen), null, null)),
    ];

    private JsonObject Totals(List<SettledLine> lines, DateOnly day)
    {
        string Sum(Func<SettledLine, Fen> part) => lines.Aggregate(Fen.Zero, (sum, line) => sum + part(line)).ToString();
        var date = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["insutype"] = settings.InsuranceType, ["clr_type"] = settings.ClearingType, ["setl_optins"] = bridge.InsuranceDivision, ["stmt_begndate"] = date, ["stmt_enddate"] = date,
            ["medfee_sumamt"] = Sum(line => line.Fee), ["fund_pay_sumamt"] = Sum(line => line.Fund), ["acct_pay"] = Sum(line => line.Account), ["fixmedins_setl_cnt"] = lines.Count, ["refd_setl_flag"] = "0",
        };
    }

    private async Task<PayerAnswer<T>> Send<T>(string institutionCode, DateOnly day, string infno, JsonObject input, Func<JsonElement, T> read, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var id = (await msgIds.Next(institutionCode, now, 1, ct))[0];
        await using var keep = database.CreateCommand("insert into cards.insurer_message (msgid, visit_tx, infno, made_at) values ($1, $2, $3, $4)");
        foreach (object value in new object[] { id, DayBook.StreamOf(institutionCode, day), infno, now }) keep.Parameters.Add(new() { Value = value });
        await keep.ExecuteNonQueryAsync(ct);
        return await insurer.Send(new PayerMessage(id, institutionCode, Operator, now), infno, bridge.InsuranceDivision, input, read, ct);
    }

    private async Task<List<SettledLine>> Ours(string institutionCode, DateOnly day, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Settled);
        command.Parameters.Add(new() { Value = institutionCode });
        command.Parameters.Add(new() { Value = day });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<SettledLine> lines = [];
        while (await reader.ReadAsync(ct)) lines.Add(new SettledLine(reader.GetString(0), new Fen(reader.GetInt64(1)), new Fen(reader.GetInt64(2)), new Fen(reader.GetInt64(3))));
        return lines;
    }

    private static PayerAnswer<T> Failed<T, TFrom>(PayerAnswer<TFrom> answer) => answer switch
    {
        PayerAnswer<TFrom>.Refused(var reason) => new PayerAnswer<T>.Refused(reason),
        PayerAnswer<TFrom>.Unknown(var reason) => new PayerAnswer<T>.Unknown(reason),
        _ => throw new InvalidOperationException("An accepted answer has not failed."),
    };
}
