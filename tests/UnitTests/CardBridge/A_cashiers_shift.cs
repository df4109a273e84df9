using Health.CardBridge.Reconciliation;

namespace Health.UnitTests.CardBridge;

public sealed class A_cashiers_shift
{
    private static readonly ShiftEntry[] Entries =
    [
        new("1", Parties.Cash, PartyLine.Charge, 5_000, PartyLine.Decided), new("2", Parties.Cash, PartyLine.Refund, -1_500, PartyLine.Decided),
        new("3", Parties.Mobile, PartyLine.Charge, 2_000, PartyLine.Decided), new("4", Parties.Insurer, PartyLine.Charge, 7_000, PartyLine.Decided), new("5", Parties.His, PartyLine.Charge, 9_000, PartyLine.Decided),
    ];

    [Fact]
    public void counts_tenders_in_both_directions_and_only_cash_in_the_drawer()
    {
        Assert.Equal([new TenderTotals(Parties.Mobile, 1, 2_000, 0, 0), new TenderTotals(Parties.Cash, 1, 5_000, 1, -1_500)], ShiftDecider.Totals(Entries));
        Assert.Equal(3_500, ShiftDecider.Expected(Entries));
        Assert.Null(ShiftDecider.Check(Entries, 3_500, null));
    }

    [Fact]
    public void needs_a_reason_when_the_drawer_holds_more_or_less()
    {
        Assert.Equal("reason", ShiftDecider.Check(Entries, 3_400, null)!.Expression);
        Assert.Equal("reason", ShiftDecider.Check(Entries, 3_600, " ")!.Expression);
        Assert.Null(ShiftDecider.Check(Entries, 3_400, "找零差错"));
    }

    [Fact]
    public void is_not_closed_empty_with_unknown_amounts_or_with_senseless_cash()
    {
        Assert.Equal(409, ShiftDecider.Check([], 0, null)!.Status);
        Assert.Equal(409, ShiftDecider.Check([Entries[0] with { State = PartyLine.Unknown }], 5_000, null)!.Status);
        Assert.Equal("countedFen", ShiftDecider.Check(Entries, long.MaxValue, "x")!.Expression);
    }

    [Fact]
    public void is_printed_in_Chinese_with_what_is_over_or_short()
    {
        var view = new ShiftView("s1", "desk-1", "user:7", new DateOnly(2026, 11, 24), 2, ShiftDecider.Totals(Entries), 3_500, 3_400, "找零差错", 5, "ABCD", Visits.Noon, "王收费", []);
        var print = string.Join('\n', ShiftPrint.Lines(view, "游仙区演示镇卫生院"));
        foreach (var part in new[] { "游仙区演示镇卫生院", "收费员日结单", "班次 2", "现金: 收 1 笔 ¥50.00  退 1 笔 ¥15.00  净额 ¥35.00", "应缴现金 ¥35.00", "实点现金 ¥34.00", "短款 ¥1.00  原因: 找零差错", "王收费", "ABCD" }) Assert.Contains(part, print);
        Assert.Contains("未结", string.Concat(ShiftPrint.Lines(view with { ShiftId = null, CashCountedFen = null }, "x")));
        Assert.Contains("长短款 无", string.Concat(ShiftPrint.Lines(view with { CashCountedFen = 3_500 }, "x")));
    }
}
