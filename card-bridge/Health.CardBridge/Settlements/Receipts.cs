using System.Globalization;
using Health.Contracts;

namespace Health.CardBridge.Settlements;

public sealed record ReceiptTotals(long TotalFen, long FundFen, long AccountFen, long SelfFen);

public sealed record ReceiptTexts(IReadOnlyList<string> Zh, IReadOnlyList<string> En);

/// <summary>What the desk prints. The totals add up in fen.</summary>
public sealed record Receipt(string Number, string IssuedAt, string VisitNumber, string Institution, string SettlementId, IReadOnlyList<FeeLine> Lines, ReceiptTotals Totals, ReceiptTexts Texts);

/// <summary>Makes the receipt of a settled visit from its facts: the same facts, the same receipt.</summary>
public sealed class Receipts(VisitSecrets secrets, IDirectory directory)
{
    public async Task<Receipt> Of(SettlementState state, CancellationToken ct)
    {
        var lines = await secrets.Lines(state, ct);
        var holder = await secrets.Holder(state, ct);
        var institution = await directory.FindInstitution(state.Request!.InstitutionCode, ct);
        return Of(state, lines, holder.Name, institution?.Name ?? state.Request.InstitutionCode, institution?.EnglishName ?? state.Request.InstitutionCode);
    }

    public static Receipt Of(SettlementState state, IReadOnlyList<FeeLine> lines, string name, string institution, string englishInstitution)
    {
        var split = state.Settled!;
        var at = ChinaTime.Of(state.Request!.At).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        List<string> zh = [institution, $"收据 {state.ReceiptNumber}", $"姓名 {name}  门诊号 {state.Request.VisitNumber}  {at}"];
        List<string> en = [englishInstitution, $"Receipt {state.ReceiptNumber}", $"Name {name}  Visit {state.Request.VisitNumber}  {at}"];
        foreach (var line in lines)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{line.Name} × {line.Quantity:0.####}  ¥{new Fen(line.AmountFen)}");
            zh.Add(text);
            en.Add(text);
        }
        zh.AddRange([$"合计 ¥{split.Total}", $"统筹基金支付 ¥{split.Fund}", $"个人账户支付 ¥{split.Account}", .. Tendered(state, english: false), $"结算号 {state.SettlementId}"]);
        en.AddRange([$"Total ¥{split.Total}", $"Pooled fund ¥{split.Fund}", $"Personal account ¥{split.Account}", .. Tendered(state, english: true), $"Settlement {state.SettlementId}"]);
        if (state.RedReceiptNumber is { } red)
        {
            zh.Add($"已冲销，红字收据 {red}");
            en.Add($"Reversed by red receipt {red}");
        }
        return new Receipt(
            state.ReceiptNumber!, ChinaTime.Fhir(state.ReceiptedAt ?? state.ChangedAt), state.Request.VisitNumber, institution, state.SettlementId!, lines,
            new ReceiptTotals(split.Total.Value, split.Fund.Value, split.Account.Value, split.Self.Value), new ReceiptTexts(zh, en));
    }

    private static IEnumerable<string> Tendered(SettlementState state, bool english) => state.Legs.Where(leg => leg.State != LegState.Planned).Select(leg => $"{(leg.Kind, english) switch
    {
        (TenderKind.Purse, false) => "城市卡支付(自付)",
        (TenderKind.Purse, true) => "City card (out of pocket)",
        (TenderKind.Bank, false) => "银行卡支付(自付)",
        (TenderKind.Bank, true) => "Bank (out of pocket)",
        (TenderKind.Mobile, false) => "移动支付(自付)",
        (TenderKind.Mobile, true) => "Mobile (out of pocket)",
        (_, false) => "现金支付(自付)",
        (_, true) => "Cash (out of pocket)",
    }} ¥{new Fen(leg.AmountFen)}");
}
