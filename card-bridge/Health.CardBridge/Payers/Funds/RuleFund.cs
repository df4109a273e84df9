using System.Security.Cryptography;
using System.Text;
using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.CardBridge.Payers.Funds;

/// <summary>
/// A fund whose rules the platform knows and settles by itself, as the county pools were before the national interface. Its books are the bridge's own facts: nothing can be
/// lost on the way to it, and what is not written here was never settled. Yearly sums per person are not kept.
/// </summary>
/// <param name="insuranceType">Stands as the type of insurance in visits and records.</param>
public sealed class RuleFund(string insuranceType, IReadOnlyList<BenefitRule> rules, IDirectory directory) : IPayer
{
    // Classes of WS 218 that begin with A are hospitals: there a referral counts.
    private const char Hospital = 'A';

    public Task<PayerAnswer<InsuredPerson>> FindPerson(PayerMessage message, string idNumber, CancellationToken ct)
    {
        var number = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{insuranceType}|{idNumber}")))[..20];
        return Yes(new InsuredPerson(number, insuranceType, message.InstitutionCode[2..8]));
    }

    public Task<PayerAnswer<string>> Register(PayerMessage message, InsuredPerson person, string idNumber, string visitNumber, string departmentCode, CancellationToken ct) => Yes($"{insuranceType}-{message.MsgId}");

    public Task<PayerAnswer<Done>> CancelRegistration(PayerMessage message, InsuredVisit visit, CancellationToken ct) => Yes(Done.It);

    public Task<PayerAnswer<Done>> UploadVisit(PayerMessage message, InsuredVisit visit, string departmentCode, CancellationToken ct) => Yes(Done.It);

    public Task<PayerAnswer<Done>> UploadFees(PayerMessage message, InsuredVisit visit, string chargeBatch, IReadOnlyList<FeeLine> lines, CancellationToken ct) => Yes(Done.It);

    public Task<PayerAnswer<Done>> RevokeFees(PayerMessage message, InsuredVisit visit, CancellationToken ct) => Yes(Done.It);

    public async Task<PayerAnswer<Split>> PreSettle(PayerMessage message, Bill bill, CancellationToken ct)
    {
        if (rules.On(ChinaTime.DayOf(message.At)) is not { } rule) return new PayerAnswer<Split>.Refused("no rule is in force on that day");
        var place = await directory.FindInstitution(message.InstitutionCode, ct);
        return new PayerAnswer<Split>.Accepted(rule.Of(bill.Total, place?.ClassCode.StartsWith(Hospital) ?? false, referred: false));
    }

    public async Task<PayerAnswer<SettledBill>> Settle(PayerMessage message, Bill bill, CancellationToken ct) => await PreSettle(message, bill, ct) switch
    {
        PayerAnswer<Split>.Accepted { Value: var split } => new PayerAnswer<SettledBill>.Accepted(new SettledBill($"{insuranceType}-{message.MsgId}", split)),
        PayerAnswer<Split>.Refused { Reason: var reason } => new PayerAnswer<SettledBill>.Refused(reason),
        _ => throw new InvalidOperationException("A rule gives an answer."),
    };

    public Task<PayerAnswer<Done>> CancelSettlement(PayerMessage message, InsuredVisit visit, string settlementId, CancellationToken ct) => Yes(Done.It);

    public Task<PayerAnswer<Reversal>> Reverse(PayerMessage message, InsuredVisit visit, string originalMsgId, CancellationToken ct) => Yes(new Reversal(Found: false));

    private static Task<PayerAnswer<T>> Yes<T>(T value) => Task.FromResult<PayerAnswer<T>>(new PayerAnswer<T>.Accepted(value));
}
