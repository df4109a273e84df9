using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Health.Simulators.Insurer;

/// <summary>Carries out the transactions of the national interface, one at a time. The same msgid again gets the same answer and changes nothing.</summary>
public sealed class Office
{
    private readonly Lock turn = new();
    private readonly Journal journal;
    private readonly Catalogue catalogue;
    private readonly decimal openingAccount;

    public Office(Journal journal, Catalogue catalogue, decimal openingAccount)
    {
        this.journal = journal;
        this.catalogue = catalogue;
        this.openingAccount = openingAccount;
        foreach (var line in journal.Lines()) Carry(new Envelope(line.Infno, line.Msgid, line.Institution, line.Input), line.At);
    }

    public Books Books { get; } = new();

    public Answer Handle(Envelope request, DateTimeOffset now)
    {
        lock (turn)
        {
            if (Books.Void.Contains(request.Msgid)) return Answer.Refuse("该交易已冲正");
            if (Books.Answers.TryGetValue(request.Msgid, out var known))
                return known.Infno == request.Infno ? known.Answer : Answer.Refuse("msgid 重复");
            journal.Append(now, request);
            return Carry(request, now);
        }
    }

    /// <summary>Maps, unmaps or uncovers a code; in the journal, since later lines are judged by it.</summary>
    public void Tell(string code, bool? covered, DateTimeOffset now)
    {
        lock (turn)
        {
            var change = new Envelope(Journal.CatalogueChange, $"catalogue {Books.Answers.Count}", "", JsonSerializer.SerializeToElement(new { data = new { code, covered = covered?.ToString() ?? "" } }));
            journal.Append(now, change);
            Carry(change, now);
        }
    }

    public T Read<T>(Func<Books, T> read)
    {
        lock (turn) return read(Books);
    }

    private Answer Carry(Envelope request, DateTimeOffset now)
    {
        var answer = request.Infno switch
        {
            Journal.CatalogueChange => Tell(request),
            "9001" => Answer.Accept(new JsonObject { ["signinoutb"] = new JsonObject { ["sign_no"] = $"S{now:yyyyMMdd}", ["sign_time"] = $"{now:yyyy-MM-dd HH:mm:ss}" } }),
            "1101" => FindPerson(request),
            "2201" => Register(request, now),
            "2202" => CancelRegistration(request),
            "2203A" => Describe(request),
            "2204" => UploadLines(request),
            "2205" => RevokeLines(request),
            "2206" => Settle(request, final: false),
            "2207" => Settle(request, final: true),
            "2208" => CancelSettlement(request),
            "2601" => Reverse(request),
            "3201" => Reconcile(request),
            "3202" => Statements.Compare(request, Books),
            "9101" => Statements.Take(request, Books),
            "9102" => Statements.Give(request, Books),
            _ => Answer.Refuse($"交易 {request.Infno} 未开通"),
        };
        Books.Answers[request.Msgid] = (request.Infno, answer);
        return answer;
    }

    private Answer Tell(Envelope change)
    {
        catalogue.Tell(change.Text("data", "code"), bool.TryParse(change.Text("data", "covered"), out var covered) ? covered : null);
        return Answer.Accept([]);
    }

    private Answer FindPerson(Envelope request)
    {
        if (request.Text("data", "mdtrt_cert_type") is not ("01" or "02" or "03")) return Answer.Refuse("mdtrt_cert_type 不正确");
        var certificate = request.Text("data", "mdtrt_cert_no");
        if (certificate.Length != 18) return Answer.Refuse("参保人不存在");
        var number = "5107" + (BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(certificate))) % 10_000_000_000_000_000ul).ToString("D16", CultureInfo.InvariantCulture);
        if (!Books.Persons.TryGetValue(number, out var person))
            Books.Persons[number] = person = new Person { PersonNumber = number, CertificateNumber = certificate, Account = openingAccount };
        return Answer.Accept(new JsonObject
        {
            ["baseinfo"] = new JsonObject { ["psn_no"] = person.PersonNumber, ["psn_cert_type"] = "01", ["certno"] = person.CertificateNumber },
            ["insuinfo"] = new JsonArray(new JsonObject { ["insutype"] = "310", ["balc"] = Number(person.Account), ["psn_insu_stas"] = "1", ["insuplc_admdvs"] = "510700" }),
        });
    }

    private Answer Register(Envelope request, DateTimeOffset now)
    {
        if (!Books.Persons.ContainsKey(request.Text("data", "psn_no"))) return Answer.Refuse("参保人不存在");
        var number = request.Text("data", "ipt_otp_no");
        if (number.Length is 0 or > 30) return Answer.Refuse("ipt_otp_no 不正确");
        if (Books.Visits.Values.Any(v => v.Institution == request.Institution && v.OutpatientNumber == number && !v.Cancelled)) return Answer.Refuse("门诊号重复");
        if (!DateOnly.TryParseExact(request.Text("data", "begntime").Split(' ')[0], "yyyy-MM-dd", out var day)) return Answer.Refuse("begntime 不正确");
        var visit = new Visit
        {
            VisitId = $"M{now:yyyyMMdd}{Books.Visits.Count + 1:D8}", PersonNumber = request.Text("data", "psn_no"),
            Institution = request.Institution, OutpatientNumber = number, Day = day,
        };
        Books.Visits[visit.VisitId] = visit;
        return Answer.Accept(new JsonObject { ["data"] = new JsonObject { ["mdtrt_id"] = visit.VisitId, ["psn_no"] = visit.PersonNumber, ["ipt_otp_no"] = number } });
    }

    private Answer CancelRegistration(Envelope request)
    {
        if (OpenVisit(request, "data") is not { } visit) return Answer.Refuse("就诊记录不存在");
        if (Active(visit) is not null) return Answer.Refuse("已结算,不能撤销挂号");
        visit.Cancelled = true;
        return Answer.Accept([]);
    }

    private Answer Describe(Envelope request)
    {
        if (OpenVisit(request, "mdtrtinfo") is not { } visit) return Answer.Refuse("就诊记录不存在");
        visit.Described = true;
        return Answer.Accept([]);
    }

    private Answer UploadLines(Envelope request)
    {
        if (!request.Input.TryGetProperty("feedetail", out var details) || details.ValueKind != JsonValueKind.Array || details.GetArrayLength() == 0)
            return Answer.Refuse("feedetail 不能为空");
        List<FeeLine> lines = [];
        Visit? visit = null;
        foreach (var detail in details.EnumerateArray())
        {
            string Of(string field) => detail.TryGetProperty(field, out var value) ? value.ToString() : "";
            if (!Books.Visits.TryGetValue(Of("mdtrt_id"), out visit) || visit.Cancelled || visit.PersonNumber != Of("psn_no")) return Answer.Refuse("就诊记录不存在");
            if (!visit.Described) return Answer.Refuse("未上传就诊信息");
            if (Active(visit) is not null) return Answer.Refuse("已结算");
            if (catalogue.Covers(Of("med_list_codg")) is not { } covered) return Answer.Refuse($"目录未对照: {Of("med_list_codg")}");
            if (!detail.TryGetProperty("det_item_fee_sumamt", out var amount) || !Yuan.TryRead(amount, out var yuan) || yuan <= 0) return Answer.Refuse("det_item_fee_sumamt 不正确");
            if (visit.Lines.Concat(lines).Any(line => line.Serial == Of("feedetl_sn"))) return Answer.Refuse("feedetl_sn 重复");
            lines.Add(new FeeLine(Of("feedetl_sn"), Of("chrg_bchno"), Of("med_list_codg"), Of("medins_list_name"), yuan, covered));
        }
        visit!.Lines.AddRange(lines);
        return Answer.Accept(new JsonObject
        {
            ["result"] = new JsonArray([.. lines.Select(line => new JsonObject { ["feedetl_sn"] = line.Serial, ["det_item_fee_sumamt"] = Number(line.Amount), ["chrgitm_lv"] = line.Covered ? "01" : "03" })]),
        });
    }

    private Answer RevokeLines(Envelope request)
    {
        if (OpenVisit(request, "data") is not { } visit) return Answer.Refuse("就诊记录不存在");
        if (Active(visit) is not null) return Answer.Refuse("已结算");
        var serial = request.Text("data", "feedetl_sn");
        visit.Lines.RemoveAll(line => serial == "0000" || line.Serial == serial);
        return Answer.Accept([]);
    }

    private Answer Settle(Envelope request, bool final)
    {
        if (OpenVisit(request, "data") is not { } visit) return Answer.Refuse("就诊记录不存在");
        if (Active(visit) is not null) return Answer.Refuse("已结算");
        if (visit.Lines.Count == 0) return Answer.Refuse("没有费用明细");
        var person = Books.Persons[visit.PersonNumber];
        var total = visit.Lines.Sum(line => line.Amount);
        if (!request.Input.GetProperty("data").TryGetProperty("medfee_sumamt", out var sum) || !Yuan.TryRead(sum, out var claimed) || claimed != total)
            return Answer.Refuse($"费用总额不符: {Yuan.Text(total)}");
        var split = Benefit.Of(visit.Day, total, visit.Lines.Where(line => line.Covered).Sum(line => line.Amount), person.Account, request.Text("data", "acct_used_flag") == "1");
        var setlinfo = new JsonObject
        {
            ["mdtrt_id"] = visit.VisitId, ["psn_no"] = visit.PersonNumber, ["medfee_sumamt"] = Number(split.Total), ["fund_pay_sumamt"] = Number(split.Fund),
            ["acct_pay"] = Number(split.Account), ["psn_cash_pay"] = Number(split.Cash), ["hosp_part_amt"] = Number(0), ["balc"] = Number(person.Account - (final ? split.Account : 0)),
        };
        if (final)
        {
            person.Account -= split.Account;
            var settlement = new Settlement
            {
                SettlementId = $"S{Books.Settlements.Count + 1:D12}", VisitId = visit.VisitId, PersonNumber = visit.PersonNumber, Institution = request.Institution,
                Msgid = request.Msgid, Day = visit.Day, Split = split,
            };
            Books.Settlements[settlement.SettlementId] = settlement;
            setlinfo["setl_id"] = settlement.SettlementId;
        }
        return Answer.Accept(new JsonObject { ["setlinfo"] = setlinfo });
    }

    private Answer CancelSettlement(Envelope request)
    {
        if (!Books.Settlements.TryGetValue(request.Text("data", "setl_id"), out var settlement) || settlement.PersonNumber != request.Text("data", "psn_no")) return Answer.Refuse("结算记录不存在");
        if (settlement.State != "settled") return Answer.Refuse("结算已撤销");
        Undo(settlement, "cancelled");
        return Answer.Accept(new JsonObject { ["setlinfo"] = new JsonObject { ["mdtrt_id"] = settlement.VisitId, ["setl_id"] = settlement.SettlementId, ["medfee_sumamt"] = Number(-settlement.Split.Total) } });
    }

    private Answer Reverse(Envelope request)
    {
        var original = request.Text("data", "omsgid");
        if (request.Text("data", "oinfno") is not ("2207" or "2208" or "2304" or "2305")) return Answer.Refuse("该交易不能冲正");
        // Reversed or never seen: either way that message must not be carried out any more.
        Books.Void.Add(original);
        if (!Books.Answers.TryGetValue(original, out var known) || !known.Answer.Ok) return Answer.Refuse("原交易不存在");
        var settlement = Books.Settlements.Values.FirstOrDefault(s => s.Msgid == original);
        if (settlement is null) return Answer.Refuse("该交易不能冲正");
        if (settlement.State == "settled") Undo(settlement, "reversed");
        return Answer.Accept([]);
    }

    private Answer Reconcile(Envelope request)
    {
        if (!DateOnly.TryParseExact(request.Text("data", "stmt_begndate"), "yyyy-MM-dd", out var from) || !DateOnly.TryParseExact(request.Text("data", "stmt_enddate"), "yyyy-MM-dd", out var to))
            return Answer.Refuse("对账日期不正确");
        var ours = Books.Settlements.Values.Where(s => s.Institution == request.Institution && s.State == "settled" && s.Day >= from && s.Day <= to).ToList();
        string Told(string field) => request.Text("data", field);
        var equal = Told("medfee_sumamt") == Yuan.Text(ours.Sum(s => s.Split.Total)) && Told("fund_pay_sumamt") == Yuan.Text(ours.Sum(s => s.Split.Fund))
            && Told("acct_pay") == Yuan.Text(ours.Sum(s => s.Split.Account)) && Told("fixmedins_setl_cnt") == ours.Count.ToString(CultureInfo.InvariantCulture);
        return Answer.Accept(new JsonObject { ["stmtinfo"] = new JsonObject { ["stmt_rslt"] = equal ? "0" : "1" } });
    }

    private void Undo(Settlement settlement, string state)
    {
        settlement.State = state;
        Books.Persons[settlement.PersonNumber].Account += settlement.Split.Account;
    }

    private Settlement? Active(Visit visit) => Books.Settlements.Values.FirstOrDefault(s => s.VisitId == visit.VisitId && s.State == "settled");

    private Visit? OpenVisit(Envelope request, string node) =>
        Books.Visits.TryGetValue(request.Text(node, "mdtrt_id"), out var visit) && !visit.Cancelled && visit.PersonNumber == request.Text(node, "psn_no") ? visit : null;

    private static JsonNode Number(decimal yuan) => JsonNode.Parse(Yuan.Text(yuan))!;
}
