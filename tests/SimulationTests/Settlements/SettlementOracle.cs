using System.Net.Http.Json;
using System.Text.Json;

namespace Health.SimulationTests.Settlements;

/// <summary>
/// Compares, visit by visit and to the fen, what the parties outside hold (chips, operator, insurer, acquirer, hospital) with each other and with the bridge's ledger. What a
/// visit is to have cost follows from where it ended: a closed one its bill, any other nothing.
/// </summary>
public static class SettlementOracle
{
    private const int Quiet = 600;
    private static readonly string[] OnTheWorkList =
        ["purse-unknown", "tender-unknown", "insurance-unknown", "his-unknown", "cancel-due", "refund-due", "refund-unknown", "refund-held", "his-reversing"];
    private static readonly string[] Ended = ["closed", "refunded", "cancelled", "reversed", "registration-refused", "registered"];

    public sealed record Result(int Doubled, int Lost, int Differing, int Undecided, int Listed, int Unmet, IReadOnlyList<string> Findings)
    {
        public bool IsClean => Doubled + Lost + Differing + Undecided == 0;
    }

    /// <summary>Fen per party of one visit, as one side sees them.</summary>
    private sealed class Sums : Dictionary<string, long>
    {
        public void Take(string party, long fen) => this[party] = this.GetValueOrDefault(party) + fen;

        public long Of(params string[] parties) => parties.Sum(party => this.GetValueOrDefault(party));
    }

    private sealed record Visit(string VisitTx, string Stage, long Total, long FundAndAccount, long Self);

    public static async Task<Result> Compare(Evidence city)
    {
        await UntilDelivered(city);
        var visits = await Visits(city);
        var (ours, theirs, settled) = (await Ours(city, visits), visits.Keys.ToDictionary(key => key, _ => new Sums()), new Dictionary<string, int>());
        List<string> findings = [];
        int doubled = 0, lost = 0, differing = 0, undecided = 0, listed = 0;
        await Outside(city, visits, theirs, settled, findings);
        foreach (var (key, visit) in visits)
        {
            var (here, there) = (ours[key], theirs[key]);
            there["cash"] = here.GetValueOrDefault("cash");
            var isClosed = visit.Stage == "closed";
            var isOpen = !Ended.Contains(visit.Stage);
            if (isOpen)
            {
                if (OnTheWorkList.Contains(visit.Stage)) listed++;
                else undecided++;
                findings.Add($"{visit.VisitTx} stands in {visit.Stage}{(OnTheWorkList.Contains(visit.Stage) ? ", on the work list" : " and is on no list")}");
                continue;
            }
            var expected = new[] { ("patient", there.Of("city-card", "bank", "mobile", "cash"), isClosed ? visit.Self : 0), ("insurer", there.Of("insurer"), isClosed ? visit.FundAndAccount : 0), ("his", there.Of("his"), isClosed ? visit.Total : 0) };
            var tooOften = settled.GetValueOrDefault(key) > (isClosed ? 1 : 0);
            var tooFew = isClosed && settled.GetValueOrDefault(key) == 0;
            if (expected.Any(e => e.Item2 > e.Item3) || tooOften) doubled++;
            if (expected.Any(e => e.Item2 < e.Item3) || tooFew) lost++;
            foreach (var (who, held, shall) in expected.Where(e => e.Item2 != e.Item3)) findings.Add($"{visit.VisitTx} ({visit.Stage}): {who} holds {held} fen, {shall} would be right");
            if (tooOften || tooFew) findings.Add($"{visit.VisitTx} ({visit.Stage}): {settled.GetValueOrDefault(key)} settlements at the insurer");
            foreach (var party in here.Keys.Union(there.Keys).Where(party => here.GetValueOrDefault(party) != there.GetValueOrDefault(party)))
            {
                differing++;
                findings.Add($"{visit.VisitTx} ({visit.Stage}): {party} has {there.GetValueOrDefault(party)} fen, our ledger {here.GetValueOrDefault(party)}");
            }
        }
        differing += await Chips(city, findings);
        var unknown = (await city.Rows("select l.entry_key from cards.ledger l join cards.visit v using (visit_tx) where l.state = 'unknown' and not v.is_open")).Count;
        if (unknown > 0) findings.Add($"{unknown} entries of ended visits are unknown");
        return new Result(doubled, lost, differing, undecided + unknown, listed, await Unmet(city), findings);
    }

    private static async Task<Dictionary<string, Visit>> Visits(Evidence city) =>
        (await city.Rows("select institution_code || visit_number, visit_tx, stage, coalesce(total_fen, 0), coalesce(fund_fen + account_fen, 0), coalesce(self_fen, 0) from cards.visit"))
        .ToDictionary(row => (string)row[0], row => new Visit((string)row[1], (string)row[2], (long)row[3], (long)row[4], (long)row[5]));

    private static async Task<Dictionary<string, Sums>> Ours(Evidence city, Dictionary<string, Visit> visits)
    {
        var sums = visits.Keys.ToDictionary(key => key, _ => new Sums());
        foreach (var row in await city.Rows("select v.institution_code || v.visit_number, l.party, sum(l.amount_fen)::bigint from cards.ledger l join cards.visit v using (visit_tx) where l.state = 'decided' group by 1, 2"))
            sums[(string)row[0]].Take((string)row[1], (long)row[2]);
        return sums;
    }

    private static async Task Outside(Evidence city, Dictionary<string, Visit> visits, Dictionary<string, Sums> sums, Dictionary<string, int> settled, List<string> findings)
    {
        void Take(string? key, string party, long fen, string what)
        {
            if (key is not null && sums.TryGetValue(key, out var of)) of.Take(party, fen);
            else findings.Add($"{party} holds {what} of {fen} fen that belongs to no visit");
        }
        var keys = (await city.Rows("select chip_serial || '|' || card_seq || '|' || terminal_no || '|' || term_seq, v.institution_code || v.visit_number from cards.purse_transaction join cards.visit v using (visit_tx)")).ToDictionary(row => (string)row[0], row => (string)row[1]);
        var company = await city.Of(Party.CityCard).GetFromJsonAsync<JsonElement>("control/ledger");
        foreach (var debit in company.GetProperty("debits").EnumerateArray())
        {
            var transaction = debit.GetProperty("transaction");
            if (debit.GetProperty("accepted").GetBoolean()) Take(keys.GetValueOrDefault(Text(transaction, "key")), "city-card", Number(transaction, "amountFen"), $"a debit {Text(transaction, "key")}");
            else findings.Add($"city-card rejected {Text(transaction, "key")}: {Text(debit, "reason")}");
        }
        foreach (var refund in company.GetProperty("refunds").EnumerateArray()) Take(keys.GetValueOrDefault(Text(refund, "originalKey")), "city-card", -Number(refund, "amountFen"), $"a refund {Text(refund, "refundId")}");
        var acquirer = await city.Of(Party.Acquirer).GetFromJsonAsync<JsonElement>("control/ledger");
        var channels = new Dictionary<string, string>();
        foreach (var order in acquirer.GetProperty("orders").EnumerateArray().Where(order => Text(order, "state") == "paid"))
        {
            channels[Text(order, "orderNo")] = Text(order, "channel");
            Take(Text(order, "orderNo")[..26], Text(order, "channel"), Number(order, "amountFen"), $"an order {Text(order, "orderNo")}");
        }
        foreach (var refund in acquirer.GetProperty("refunds").EnumerateArray()) Take(Text(refund, "orderNo")[..26], channels[Text(refund, "orderNo")], -Number(refund, "amountFen"), $"a refund {Text(refund, "refundNo")}");
        var insurer = await city.Of(Party.Insurer).GetFromJsonAsync<JsonElement>("control/ledger");
        foreach (var settlement in insurer.GetProperty("settlements").EnumerateArray().Where(settlement => Text(settlement, "state") == "settled"))
        {
            var key = Text(settlement, "fixmedins_code") + Text(settlement, "ipt_otp_no");
            settled[key] = settled.GetValueOrDefault(key) + 1;
            Take(key, "insurer", Fen(Text(settlement, "fund_pay_sumamt")) + Fen(Text(settlement, "acct_pay")), $"a settlement {Text(settlement, "setl_id")}");
        }
        foreach (var line in (await city.Of(Party.His).GetStringAsync("his/settlements")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',')))
            Take(line[5] + line[1], "his", long.Parse(line[2]), $"a receipt {line[0]}");
    }

    /// <summary>What a chip paid is what the operator was told; no more and no less.</summary>
    private static async Task<int> Chips(Evidence city, List<string> findings)
    {
        var company = await city.Of(Party.CityCard).GetFromJsonAsync<JsonElement>("control/ledger");
        var debited = company.GetProperty("debits").EnumerateArray().Where(debit => debit.GetProperty("accepted").GetBoolean()).Select(debit => debit.GetProperty("transaction"))
            .GroupBy(transaction => Text(transaction, "purseNo")).ToDictionary(group => group.Key, group => group.Sum(transaction => Number(transaction, "amountFen")));
        var wrong = 0;
        foreach (var card in city.Chips.Where(card => card.PaidFen != debited.GetValueOrDefault(card.PurseNo)))
        {
            wrong++;
            findings.Add($"chip {card.ChipSerial} paid {card.PaidFen} fen, the operator knows of {debited.GetValueOrDefault(card.PurseNo)}");
        }
        return wrong;
    }

    private static async Task UntilDelivered(Evidence city)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var i = 0; i < Quiet && (long)(await city.Rows("select count(*) from cards.outbox"))[0][0] > 0; i++) await timer.WaitForNextTickAsync();
    }

    private static async Task<int> Unmet(Evidence city)
    {
        var left = 0;
        foreach (var (party, path) in new[] { (Party.Insurer, "control/faults"), (Party.CityCard, "control/faults"), (Party.Acquirer, "control/faults"), (Party.His, "control/his-faults") })
            left += (await city.Of(party).GetFromJsonAsync<JsonElement>(path)).GetArrayLength();
        return left;
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).ToString();

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private static long Fen(string yuan) => Contracts.Fen.TryParseYuan(yuan, out var fen) ? fen.Value : throw new FormatException(yuan);
}
