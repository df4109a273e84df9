using CsCheck;
using Health.CardBridge.Payers;
using Health.CardBridge.Payers.Funds;
using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.UnitTests.CardBridge;

public sealed class The_rules_of_a_day
{
    private static readonly IPayer National = new RuleFund("national", [], new Places()), County = new RuleFund("ncms", BenefitRules.CountyPool, new Places()), Urban = new RuleFund("urban", BenefitRules.Urban, new Places());
    private static readonly BenefitRule[] AllRules = [.. BenefitRules.CountyPool, .. BenefitRules.Urban];
    private static readonly PayerBook Book = new(National, County, Urban);

    [Fact]
    public void name_the_payer_by_day_and_place()
    {
        Assert.Same(County, Book.For(new(2015, 6, 1), "510722"));
        Assert.Same(Urban, Book.For(new(2015, 6, 1), "510703"));
        Assert.Same(National, Book.For(new(2021, 10, 1), "510722"));
        Assert.Same(National, Book.For(new(2026, 1, 1), "510703"));
        Assert.Same(County, Book.For(new(2021, 9, 30), "510722"));
        Assert.Null(Book.For(new(2007, 12, 31), "510722"));
        Assert.Null(Book.For(new(2026, 1, 1), "110101"));
        Assert.Null(new PayerBook(National).For(new(2015, 6, 1), "510722"));
    }

    [Theory]
    // 2015 at a health centre: 10.00 deductible, 60 %; at a hospital without referral 40 %; at most 100.00; in 2014 no deductible, 50 %.
    [InlineData(2015, 2_800, false, 1_080)]
    [InlineData(2015, 2_800, true, 720)]
    [InlineData(2015, 999, false, 0)]
    [InlineData(2015, 50_000, false, 10_000)]
    [InlineData(2014, 2_800, false, 1_400)]
    [InlineData(2012, 2_801, false, 1_120)]
    public void say_what_the_county_pool_pays(int year, long total, bool atHospital, long fund) =>
        Assert.Equal(fund, BenefitRules.CountyPool.On(new DateOnly(year, 12, 31))!.Of(new Fen(total), atHospital, referred: false).Fund.Value);

    [Fact]
    public void give_a_referred_patient_the_full_share_at_a_hospital()
    {
        var rule = BenefitRules.CountyPool.On(new DateOnly(2015, 6, 1))!;
        Assert.Equal(rule.Of(new(20_000), atHospital: false, referred: false), rule.Of(new(20_000), atHospital: true, referred: true));
    }

    [Fact]
    public void split_every_bill_into_parts_that_add_up() =>
        Gen.Select(Gen.Int[0, AllRules.Length - 1].Select(i => AllRules[i]), Gen.Long[1, FeeLine.MaxAmountFen * FeeLine.MaxLines], Gen.Bool, Gen.Bool).Sample((rule, total, atHospital, referred) =>
        {
            var split = rule.Of(new Fen(total), atHospital, referred);
            Assert.True(split.AddsUp);
            Assert.InRange(split.Fund.Value, 0, rule.CapFen);
        });

    [Fact]
    public async Task settle_a_visit_of_2015_by_the_rules_of_2015_and_the_same_message_the_same_way()
    {
        var message = new PayerMessage(Visits.Id(1), "MY510704W001", "desk-1", new DateTimeOffset(2015, 6, 1, 1, 0, 0, TimeSpan.Zero));
        var bill = new Bill(new InsuredVisit("1", "ncms", "510704", "V1", "510799199001010018"), "1", new Fen(2_800));
        var settled = Assert.IsType<PayerAnswer<SettledBill>.Accepted>(await County.Settle(message, bill, default)).Value;
        Assert.Equal(new Split(new(2_800), new(1_080), Fen.Zero, new(1_720)), settled.Split);
        Assert.Equal(settled, Assert.IsType<PayerAnswer<SettledBill>.Accepted>(await County.Settle(message, bill, default)).Value);
        Assert.False(Assert.IsType<PayerAnswer<Reversal>.Accepted>(await County.Reverse(message, bill.Visit, Visits.Id(1), default)).Value.Found);
        Assert.IsType<PayerAnswer<Split>.Refused>(await County.PreSettle(message with { At = new DateTimeOffset(2007, 6, 1, 1, 0, 0, TimeSpan.Zero) }, bill, default));
    }

    private sealed class Places : IDirectory
    {
        public ValueTask<Institution?> FindInstitution(string code, CancellationToken ct) => ValueTask.FromResult<Institution?>(new Institution(code, "卫生院", "Health Centre", "510704", "C220"));

        public ValueTask<IReadOnlyList<Institution>> Institutions(CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<Institution>>([]);

        public ValueTask Register(Institution institution, EventHeader header, CancellationToken ct) => throw new NotSupportedException("The register is read here.");
    }
}
