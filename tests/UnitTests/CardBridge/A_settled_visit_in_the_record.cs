using System.Text.Json;
using Health.CardBridge.Payers;
using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.UnitTests.CardBridge;

public sealed class A_settled_visit_in_the_record
{
    private static readonly FeeLine[] Lines = [new("001102000010000", "普通门诊诊察费", 1, 1_200), new("XA10BA02000000000000001", "二甲双胍片", 2.5m, 8_800)];
    private static readonly InsuredVisit Insured = new("51070000000000000001", "310", "510700", "M1", "510799199001010018");
    private static readonly IReadOnlyList<RecordWrite> Writes = VisitResources.Settled(Visits.AtEveryStage[VisitStage.HisPosted], Insured, Lines, kind => kind.ToLowerInvariant());
    private static readonly IReadOnlyList<RecordWrite> Reversal = VisitResources.Reversed(Visits.AtEveryStage[VisitStage.HisReversed], Insured, Lines, kind => kind.ToLowerInvariant());

    private static JsonElement Of(string type) => JsonDocument.Parse(Writes.Single(w => w.ResourceType == type).Json).RootElement;

    [Fact]
    public void is_a_finished_encounter_the_insurances_side_and_the_moneys_side() =>
        Assert.Equal(["Encounter", "Coverage", "CoverageEligibilityResponse", "Claim", "ClaimResponse", "Invoice", "PaymentNotice"], Writes.Select(w => w.ResourceType));

    [Fact]
    public void carries_its_amounts_to_the_fen()
    {
        Assert.Equal("100.00", Of("Claim").GetProperty("total").GetProperty("value").GetRawText());
        Assert.Equal(["12.00", "88.00"], Of("Claim").GetProperty("item").EnumerateArray().Select(i => i.GetProperty("net").GetProperty("value").GetRawText()));
        Assert.Equal(["100.00", "60.00", "10.00", "30.00"], Of("ClaimResponse").GetProperty("total").EnumerateArray().Select(t => t.GetProperty("amount").GetProperty("value").GetRawText()));
        Assert.Equal("70.00", Of("ClaimResponse").GetProperty("payment").GetProperty("amount").GetProperty("value").GetRawText());
        Assert.All(Of("ClaimResponse").GetProperty("total").EnumerateArray(), t => Assert.Equal("CNY", t.GetProperty("amount").GetProperty("currency").GetString()));
    }

    [Fact]
    public void refers_to_the_clinics_own_patient_and_encounter()
    {
        Assert.Equal("Patient/patient-1", Of("Claim").GetProperty("patient").GetProperty("reference").GetString());
        Assert.Equal("Encounter/encounter-1", Of("Claim").GetProperty("item")[0].GetProperty("encounter")[0].GetProperty("reference").GetString());
        Assert.Equal("Claim/claim", Of("ClaimResponse").GetProperty("request").GetProperty("reference").GetString());
    }

    [Fact]
    public void has_an_invoice_whose_parts_and_tenders_add_up()
    {
        var parts = Of("Invoice").GetProperty("totalPriceComponent").EnumerateArray().ToDictionary(p => p.GetProperty("code").GetProperty("coding")[0].GetProperty("code").GetString()!, p => p.GetProperty("amount").GetProperty("value").GetDecimal());
        Assert.Equal(parts["fund"] + parts["account"] + parts["self"], Of("Invoice").GetProperty("totalGross").GetProperty("value").GetDecimal());
        Assert.Equal(parts["self"], parts["self-purse"]);
        Assert.Equal("70.00", Of("PaymentNotice").GetProperty("amount").GetProperty("value").GetRawText());
    }

    [Fact]
    public void that_is_reversed_is_cancelled_and_has_a_reversing_invoice_beside_it()
    {
        Assert.All(Reversal.Where(w => w.Id != "reversinginvoice"), w => Assert.Equal("cancelled", JsonDocument.Parse(w.Json).RootElement.GetProperty("status").GetString()));
        var red = JsonDocument.Parse(Reversal.Single(w => w.Id == "reversinginvoice").Json).RootElement;
        Assert.Equal(("issued", "-100.00"), (red.GetProperty("status").GetString(), red.GetProperty("totalGross").GetProperty("value").GetRawText()));
        Assert.EndsWith("-R", red.GetProperty("identifier")[0].GetProperty("value").GetString());
    }

    [Fact]
    public void gives_a_receipt_in_two_languages_whose_totals_add_up()
    {
        var receipt = Receipts.Of(Visits.AtEveryStage[VisitStage.Receipted], Lines, "张伟", "游仙区演示镇卫生院", "Youxian Demo Township Health Centre");
        Assert.Equal(receipt.Totals.TotalFen, receipt.Totals.FundFen + receipt.Totals.AccountFen + receipt.Totals.SelfFen);
        Assert.Equal(receipt.Totals.TotalFen, receipt.Lines.Sum(line => line.AmountFen));
        Assert.Contains("城市卡支付(自付) ¥30.00", receipt.Texts.Zh);
        Assert.Contains("Pooled fund ¥60.00", receipt.Texts.En);
    }
}
