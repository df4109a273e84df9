using System.Globalization;
using Health.Contracts;

namespace Health.CardBridge.Reconciliation;

/// <summary>The slip of a shift's close, in Chinese, line by line.</summary>
public static class ShiftPrint
{
    private static readonly Dictionary<string, string> Tenders = new()
    {
        [Parties.CityCard] = "城市卡", [Parties.Bank] = "银行卡", [Parties.Mobile] = "移动支付", [Parties.Cash] = "现金",
    };

    public static IReadOnlyList<string> Lines(ShiftView shift, string institution)
    {
        List<string> lines = [institution, shift.ShiftId is null ? "收费员日结单(预览,未结)" : "收费员日结单", $"日期 {shift.Day:yyyy-MM-dd}  窗口 {shift.DeskId}  收费员 {shift.Cashier}  班次 {shift.Number}"];
        foreach (var tender in shift.Tenders)
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{Tenders[tender.Party]}: 收 {tender.Charges} 笔 ¥{new Fen(tender.ChargedFen)}  退 {tender.Refunds} 笔 ¥{new Fen(-tender.RefundedFen)}  净额 ¥{new Fen(tender.NetFen)}"));
        lines.Add($"应缴现金 ¥{new Fen(shift.CashExpectedFen)}");
        if (shift.CashCountedFen is not { } counted) return lines;
        lines.Add($"实点现金 ¥{new Fen(counted)}");
        var over = counted - shift.CashExpectedFen;
        lines.Add(over == 0 ? "长短款 无" : $"{(over > 0 ? "长款" : "短款")} ¥{new Fen(Math.Abs(over))}  原因: {shift.Reason}");
        lines.Add($"结算时间 {ChinaTime.Of(shift.ClosedAt!.Value):yyyy-MM-dd HH:mm:ss}  共 {shift.EntryCount} 笔");
        lines.Add($"收费员签名 {shift.SignedBy}");
        lines.Add($"校验码(SM3) {shift.Seal}");
        return lines;
    }
}
