using System.Globalization;
using System.Text;
using System.Text.Json;
using Health.Contracts;

namespace Health.CardAgent.Desk;

/// <summary>The receipt as text, 40 columns, a Chinese character counting two.</summary>
public static class ReceiptText
{
    private const int Width = 40;

    /// <param name="bridge">The bridge's receipt: its number is printed; its own texts bear the full name, which this paper does not.</param>
    public static string Write(string institution, VisitView visit, DateTime local, JsonElement? bridge)
    {
        var text = new StringBuilder();
        text.AppendLine(Centre(institution)).AppendLine(Centre("门诊收费收据")).AppendLine(new string('-', Width));
        Pair(text, "就诊流水号", visit.VisitTx);
        if (visit.VisitNumber is { } number) Pair(text, "门诊号", number);
        Pair(text, "姓名", visit.MaskedName ?? "");
        Pair(text, "时间", local.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        text.AppendLine(new string('-', Width));
        foreach (var line in visit.FeeLines) Pair(text, $"{line.Name} ×{line.Quantity}", new Fen(line.AmountFen).ToString());
        text.AppendLine(new string('-', Width));
        Pair(text, "合计（元）", new Fen(visit.TotalFen).ToString());
        Pair(text, "统筹基金支付", new Fen(visit.FundFen).ToString());
        Pair(text, "个人账户支付", new Fen(visit.AccountFen).ToString());
        if (visit.Legs.Count == 0) Pair(text, "个人现金支付（绵州通）", new Fen(visit.SelfFen).ToString());
        foreach (var leg in visit.Legs) Pair(text, $"个人现金支付（{Tender(leg.Kind)}）", new Fen(leg.AmountFen).ToString());
        if (visit.PurseNo is { } purse && visit.SelfFen > 0) Pair(text, "绵州通卡号", Masking.Number(purse));
        if (visit.BalanceAfterFen is { } balance) Pair(text, "卡内余额", new Fen(balance).ToString());
        if (visit.Tac is { } tac) Pair(text, "交易认证码", tac);
        if (visit.SettlementId is { } settlement) Pair(text, "结算编号", settlement);
        if (Number(bridge) is { } receipt) Pair(text, "收据号", receipt);
        if (visit.IsOffline) text.AppendLine("离线收费：全额自费，联网后上传，医保可补结");
        return text.ToString();
    }

    private static string Tender(string kind) => kind switch { TenderLeg.Purse => "绵州通", "bank" => "银行卡", "mobile" => "移动支付", "cash" => "现金", _ => kind };

    private static string? Number(JsonElement? bridge) =>
        bridge is { ValueKind: JsonValueKind.Object } receipt && receipt.TryGetProperty("number", out var number) && number.ValueKind == JsonValueKind.String ? number.GetString() : null;

    private static void Pair(StringBuilder text, string left, string right)
    {
        var gap = Width - Columns(left) - Columns(right);
        if (gap > 0) text.Append(left).Append(' ', gap).AppendLine(right);
        else text.AppendLine(left).Append(' ', Math.Max(0, Width - Columns(right))).AppendLine(right);
    }

    private static string Centre(string line) => new string(' ', Math.Max(0, (Width - Columns(line)) / 2)) + line;

    private static int Columns(string text) => text.Sum(c => c > 0x2E7F ? 2 : 1);
}
