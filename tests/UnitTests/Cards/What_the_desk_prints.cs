using System.Text.Json;
using Health.CardAgent.Desk;
using Health.CardAgent.Platform;

namespace Health.UnitTests.Cards;

public sealed class What_the_desk_prints
{
    [Theory]
    [InlineData("", "")]
    [InlineData("张", "*")]
    [InlineData("张三", "张*")]
    [InlineData("欧阳小明", "欧**明")]
    [InlineData("𠮷田太", "𠮷*太")]
    public void masks_a_name(string name, string masked) => Assert.Equal(masked, Masking.Name(name));

    [Theory]
    [InlineData("510799199001010018", "510799**********18")]
    [InlineData("123456", "******")]
    public void masks_a_number(string number, string masked) => Assert.Equal(masked, Masking.Number(number));

    [Fact]
    public void is_a_receipt_of_forty_columns_whose_amounts_are_those_of_the_settlement()
    {
        var visit = new VisitView("YXWS-01|20260728|1", VisitStage.Settled, "r", "3100000012345678", "0300")
        {
            MaskedName = "张*试", PurseNo = "5107000012345678", FeeLines = [new FeeLine("GH001", "普通门诊挂号", 1, 500), new FeeLine("JC0105", "血常规", 1, 2_500)],
            TotalFen = 3_000, FundFen = 1_800, AccountFen = 0, SelfFen = 1_200, BalanceAfterFen = 48_800, Tac = "F82FC6F7", SettlementId = "S-1",
        };
        var text = ReceiptText.Write("游仙区演示镇卫生院", visit, new DateTime(2026, 7, 28, 10, 15, 0), JsonDocument.Parse("""{"number":"R-1","other":1}""").RootElement);
        foreach (var part in (string[])["30.00", "18.00", "12.00", "488.00", "F82FC6F7", "S-1", "2026-07-28 10:15:00", "R-1"]) Assert.Contains(part, text);
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.InRange(line.TrimEnd().Sum(c => c > 0x2E7F ? 2 : 1), 1, 40));
    }
}
