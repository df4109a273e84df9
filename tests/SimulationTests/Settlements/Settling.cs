using System.Net;
using System.Text.Json;
using Health.Cards;

namespace Health.SimulationTests.Settlements;

/// <summary>What became of a settlement: where the visit stands, and the time it took.</summary>
public sealed record Settlement(int Number, string VisitTx, FaultKind Fault, string State, TimeSpan Took, CardInHand Card);

/// <summary>
/// One visit from registration to its end, as a desk brings it there: it looks where the visit stands and does what is to be done, until nothing is. What is decided
/// behind the desk's back is waited for.
/// </summary>
public sealed class Settling(City city, Lane lane, int number, FaultKind fault, Random random)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Poll = TimeSpan.FromMilliseconds(30);
    private static readonly string[] Ends = ["closed", "refunded", "cancelled", "reversed", "registration-refused"];
    private static readonly string[] Covered = ["001102000010000", "001102000020000", "XA10BA02000000000000001"];
    private const string Uncovered = "001102000099999";

    private readonly string visitTx = $"{lane.Institution}|d1|{number}";
    private readonly Goal goal = Goal.Of(fault, random);
    private readonly Door door = new(lane.Manager, $"{lane.Institution}|d1|{number}", fault, random);
    private readonly List<object> fees = [], otherFees = [];
    private PursePayment? payment;
    private int preSettlements, plans, settlementTries;
    private bool reversalAsked;

    public async Task<Settlement> Run()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Fill(fees);
        Fill(otherFees);
        await lane.Harm(fault);
        string state;
        using (var timer = new PeriodicTimer(Poll))
            while (!IsEnd(state = await Stage()) && clock.Elapsed < Patience)
                if (!await Act(state)) await timer.WaitForNextTickAsync();
        return new Settlement(number, visitTx, fault, state, clock.Elapsed, lane.Card);
    }

    private bool IsEnd(string state) => Ends.Contains(state) && !(state == "closed" && goal.Reverses && !reversalAsked) || (state == "registered" && preSettlements > 3);

    private async Task<string> Stage() => (await city.Rows("select stage from cards.visit where visit_tx = $1", visitTx)) is [[string stage]] ? stage : "none";

    /// <summary>Does what the desk has to do now; false when it only waits.</summary>
    private async Task<bool> Act(string state)
    {
        switch (state)
        {
            case "none" or "registering":
                return (await Call("register", "card/visits", new { visitTx, deskId = "d1", residentId = lane.Card.ResidentId, cardNo = lane.Card.IdNumber, departmentCode = "0300" })).Status == HttpStatusCode.OK;
            case "registered" when goal.Cancels && preSettlements == 0:
                return (await Call("cancel", Step("cancel"), new { })).Status == HttpStatusCode.OK;
            case "registered" or "draft" or "visit-uploaded" or "fees-uploaded":
                if (state == "registered") preSettlements++;
                return (await Call("pre-settlement", Step("pre-settlement"), new { feeLines = goal.ChangesFees && preSettlements > 1 ? otherFees : fees })).Status == HttpStatusCode.OK;
            case "pre-settled" or "collecting" or "settled-unpaid":
                return await Collect();
            case "reserved" or "purse-unknown":
                return payment is not null && await payment.Decide();
            case "debited":
                return await Settle();
            case "closed":
                reversalAsked = true;
                await lane.HarmReversal(fault);
                await Call("reversal", Step("reversal"), new { reason = "campaign" });
                return true;
            case "refund-held":
                return await HandBack();
            default:
                return false;
        }
    }

    private async Task<bool> Collect()
    {
        var visit = await door.Show();
        var state = visit.GetProperty("state").GetString();
        if (state is not ("pre-settled" or "collecting" or "settled-unpaid")) return true;
        if (goal.ChangesFees && preSettlements == 1 && state == "pre-settled")
        {
            preSettlements++;
            await Call("pre-settlement", Step("pre-settlement"), new { feeLines = otherFees });
            return true;
        }
        var self = visit.GetProperty("selfFen").GetInt64();
        if (state == "pre-settled" && (self == 0 || lane.InsuranceFirst)) return await Settle();
        var legs = visit.GetProperty("tenders").EnumerateArray().ToList();
        if (goal.Abandons && legs.Any(leg => leg.GetProperty("state").GetString() == "collected"))
        {
            await Call("cancel", Step("cancel"), new { });
            return true;
        }
        if (goal.Kinds.Count > 0 && legs.Count == 0 && plans++ < 3)
        {
            await Call("tenders", Step("tenders"), new { tenders = goal.Tenders(self) });
            return true;
        }
        if (legs.Count == 0) return await PayByPurse(self);
        var next = legs.FirstOrDefault(leg => leg.GetProperty("state").GetString() == "planned");
        if (next.ValueKind == JsonValueKind.Undefined) return false;
        if (next.GetProperty("kind").GetString() == "purse") return await PayByPurse(next.GetProperty("amountFen").GetInt64());
        // Some payers have no money; then they try again.
        var code = $"28{random.NextInt64(1_000_000_000_000, 9_999_999_999_999)}{(random.Next(10) == 0 ? "00" : "37")}";
        return (await Call("collect", Step($"tenders/{next.GetProperty("leg").GetString()}/collect"), new { authCode = code })).Status == HttpStatusCode.OK;
    }

    private async Task<bool> PayByPurse(long amountFen)
    {
        payment ??= new PursePayment(lane, door, visitTx, fault);
        return await payment.Pay(amountFen);
    }

    private async Task<bool> Settle()
    {
        if (settlementTries++ > 200) return false;
        return (await Call("settlement", Step("settlement"), new { })).Status == HttpStatusCode.OK;
    }

    private async Task<bool> HandBack()
    {
        var held = (await door.Show()).GetProperty("tenders").EnumerateArray().FirstOrDefault(leg => leg.GetProperty("kind").GetString() == "cash" && leg.GetProperty("state").GetString() == "refund-held");
        if (held.ValueKind == JsonValueKind.Undefined) return false;
        await Call("refund", Step($"tenders/{held.GetProperty("leg").GetString()}/refund"), new { });
        return true;
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> Call(string call, string path, object body) => door.Post(call, path, body);

    private string Step(string step) => Door.Step(visitTx, step);

    private void Fill(List<object> lines)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
            lines.Add(new { code = random.Next(4) == 0 ? Uncovered : Covered[random.Next(Covered.Length)], name = "项目", quantity = random.Next(1, 4), amountFen = random.Next(100, 2_000) });
    }
}
