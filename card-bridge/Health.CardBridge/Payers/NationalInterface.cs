using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.CardBridge.Payers;

/// <summary>The outpatient transactions of the national insurance interface (card domain §1.7) over HTTP.</summary>
public sealed class NationalInterface(HttpClient http, CardBridgeSettings settings) : IPayer
{
    private const string IdCardCertificate = "02", Outpatient = "11";

    public Task<PayerAnswer<InsuredPerson>> FindPerson(PayerMessage message, string idNumber, CancellationToken ct) =>
        Send(message, "1101", settings.InsuranceDivision, Data(new() { ["mdtrt_cert_type"] = IdCardCertificate, ["mdtrt_cert_no"] = idNumber, ["psn_cert_type"] = "01", ["certno"] = idNumber }), output =>
        {
            var insurance = output.GetProperty("insuinfo")[0];
            return new InsuredPerson(Text(output.GetProperty("baseinfo"), "psn_no"), Text(insurance, "insutype"), Text(insurance, "insuplc_admdvs"));
        }, ct);

    public Task<PayerAnswer<string>> Register(PayerMessage message, InsuredPerson person, string idNumber, string visitNumber, string departmentCode, CancellationToken ct) =>
        Send(message, "2201", person.InsuranceDivision, Data(new()
        {
            ["psn_no"] = person.PersonNumber, ["insutype"] = person.InsuranceType, ["begntime"] = Local(message.At), ["mdtrt_cert_type"] = IdCardCertificate,
            ["mdtrt_cert_no"] = idNumber, ["ipt_otp_no"] = visitNumber, ["dept_code"] = departmentCode, ["dept_name"] = departmentCode, ["caty"] = departmentCode,
        }), output => Text(output.GetProperty("data"), "mdtrt_id"), ct);

    public Task<PayerAnswer<Done>> CancelRegistration(PayerMessage message, InsuredVisit visit, CancellationToken ct) =>
        Send(message, "2202", visit.InsuranceDivision, Data(new() { ["mdtrt_id"] = visit.VisitId, ["psn_no"] = visit.PersonNumber }), _ => Done.It, ct);

    public Task<PayerAnswer<Done>> UploadVisit(PayerMessage message, InsuredVisit visit, string departmentCode, CancellationToken ct) =>
        Send(message, "2203A", visit.InsuranceDivision, new JsonObject
        {
            ["mdtrtinfo"] = new JsonObject { ["mdtrt_id"] = visit.VisitId, ["psn_no"] = visit.PersonNumber, ["med_type"] = Outpatient, ["begntime"] = Local(message.At) },
            ["diseinfo"] = new JsonArray(),
        }, _ => Done.It, ct);

    public Task<PayerAnswer<Done>> UploadFees(PayerMessage message, InsuredVisit visit, string chargeBatch, IReadOnlyList<FeeLine> lines, CancellationToken ct) =>
        Send(message, "2204", visit.InsuranceDivision, new JsonObject
        {
            ["feedetail"] = new JsonArray([.. lines.Select((line, index) => new JsonObject
            {
                ["feedetl_sn"] = string.Create(CultureInfo.InvariantCulture, $"{chargeBatch}{index + 1:D4}"), ["mdtrt_id"] = visit.VisitId, ["psn_no"] = visit.PersonNumber, ["chrg_bchno"] = chargeBatch,
                ["med_list_codg"] = line.Code, ["medins_list_name"] = line.Name, ["cnt"] = line.Quantity, ["det_item_fee_sumamt"] = Yuan(new Fen(line.AmountFen)), ["fee_ocur_time"] = Local(message.At),
            })]),
        }, _ => Done.It, ct);

    public Task<PayerAnswer<Done>> RevokeFees(PayerMessage message, InsuredVisit visit, CancellationToken ct) =>
        Send(message, "2205", visit.InsuranceDivision, Data(new() { ["feedetl_sn"] = "0000", ["chrg_bchno"] = "0000", ["mdtrt_id"] = visit.VisitId, ["psn_no"] = visit.PersonNumber }), _ => Done.It, ct);

    public Task<PayerAnswer<Split>> PreSettle(PayerMessage message, Bill bill, CancellationToken ct) =>
        Send(message, "2206", bill.Visit.InsuranceDivision, Of(bill), output => Parts(output.GetProperty("setlinfo")), ct);

    public Task<PayerAnswer<SettledBill>> Settle(PayerMessage message, Bill bill, CancellationToken ct) =>
        Send(message, "2207", bill.Visit.InsuranceDivision, Of(bill), output => new SettledBill(Text(output.GetProperty("setlinfo"), "setl_id"), Parts(output.GetProperty("setlinfo"))), ct);

    public Task<PayerAnswer<Done>> CancelSettlement(PayerMessage message, InsuredVisit visit, string settlementId, CancellationToken ct) =>
        Send(message, "2208", visit.InsuranceDivision, Data(new() { ["setl_id"] = settlementId, ["mdtrt_id"] = visit.VisitId, ["psn_no"] = visit.PersonNumber }), _ => Done.It, ct);

    public async Task<PayerAnswer<Reversal>> Reverse(PayerMessage message, InsuredVisit visit, string originalMsgId, CancellationToken ct)
    {
        var answer = await Send(message, "2601", visit.InsuranceDivision, Data(new() { ["psn_no"] = visit.PersonNumber, ["omsgid"] = originalMsgId, ["oinfno"] = "2207" }), _ => new Reversal(Found: true), ct);
        // The interface has one code for every no; only this one decides.
        return answer is PayerAnswer<Reversal>.Refused refused && settings.NoSuchTransactionMarks.Any(mark => refused.Reason.Contains(mark, StringComparison.Ordinal))
            ? new PayerAnswer<Reversal>.Accepted(new Reversal(Found: false))
            : answer;
    }

    private static JsonObject Of(Bill bill) => Data(new()
    {
        ["psn_no"] = bill.Visit.PersonNumber, ["mdtrt_cert_type"] = IdCardCertificate, ["mdtrt_cert_no"] = bill.Visit.IdNumber, ["med_type"] = Outpatient,
        ["medfee_sumamt"] = Yuan(bill.Total), ["psn_setlway"] = "01", ["mdtrt_id"] = bill.Visit.VisitId, ["chrg_bchno"] = bill.ChargeBatch,
        ["insutype"] = bill.Visit.InsuranceType, ["acct_used_flag"] = "1", ["invono"] = "",
    });

    private static Split Parts(JsonElement setlinfo) =>
        new(Fen(setlinfo, "medfee_sumamt"), Fen(setlinfo, "fund_pay_sumamt"), Fen(setlinfo, "acct_pay"), Fen(setlinfo, "psn_cash_pay"));

    private async Task<PayerAnswer<T>> Send<T>(PayerMessage message, string infno, string insuranceDivision, JsonObject input, Func<JsonElement, T> read, CancellationToken ct)
    {
        var envelope = new JsonObject
        {
            ["infno"] = infno, ["msgid"] = message.MsgId, ["mdtrtarea_admvs"] = settings.CityCode, ["insuplc_admdvs"] = insuranceDivision, ["recer_sys_code"] = "health", ["signtype"] = "",
            ["infver"] = "1.0", ["opter_type"] = "1", ["opter"] = message.DeskId, ["opter_name"] = message.DeskId, ["inf_time"] = Local(message.At), ["fixmedins_code"] = message.InstitutionCode,
            ["sign_no"] = "", ["input"] = input,
        };
        try
        {
            // A reused connection that the other side has closed would make the handler send a message twice by itself.
            using var request = new HttpRequestMessage(HttpMethod.Post, "fsi/api") { Content = JsonContent.Create(envelope), Headers = { ConnectionClose = true } };
            using var response = await http.SendAsync(request, ct);
            if (!response.IsSuccessStatusCode) return new PayerAnswer<T>.Unknown($"{infno}: HTTP {(int)response.StatusCode}");
            using var body = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(ct), default, ct);
            return body.RootElement.GetProperty("infcode").ToString() == "0"
                ? new PayerAnswer<T>.Accepted(read(body.RootElement.GetProperty("output")))
                : new PayerAnswer<T>.Refused($"{infno}: {Text(body.RootElement, "err_msg")}");
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException or IndexOutOfRangeException
            || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return new PayerAnswer<T>.Unknown($"{infno}: {failure.GetType().Name}");
        }
    }

    private static JsonObject Data(JsonObject data) => new() { ["data"] = data };

    private static string Text(JsonElement element, string name) => element.GetProperty(name).ToString();

    private static Fen Fen(JsonElement element, string name) =>
        Contracts.Fen.TryParseYuan(element.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : Text(element, name), out var fen)
            ? fen : throw new FormatException($"{name} is not an amount in yuan.");

    private static JsonNode Yuan(Fen fen) => JsonNode.Parse(fen.ToString())!;

    private static string Local(DateTimeOffset at) => at.ToOffset(TimeSpan.FromHours(8)).ToString("yyyy-MM-dd HH:mm:ss");
}
