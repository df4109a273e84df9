using CsCheck;
using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.UnitTests.CardBridge;

public sealed class Amounts_of_a_visit
{
    private static readonly Gen<int[]> Walk = Gen.Int[0, Visits.EveryCommand.Length - 1].Array[0, 60];

    [Fact]
    public void always_add_up_whatever_order_the_commands_come_in() => Walk.Sample(walk =>
    {
        var state = Run(walk);
        if (state.Quote is { } quote) Assert.True(quote.AddsUp);
        if (state.Settled is { } settled)
        {
            Assert.True(settled.AddsUp);
            Assert.Equal(settled.Self.Value, state.Legs.Where(leg => leg.IsCharged || leg.State == LegState.Refunded).Sum(leg => leg.AmountFen));
        }
    }, iter: 20_000);

    [Fact]
    public void are_debited_at_most_once_whatever_order_the_commands_come_in() => Walk.Sample(walk =>
    {
        var debits = 0;
        Run(walk, fact => debits += fact is PurseDebited ? 1 : 0);
        Assert.InRange(debits, 0, 1);
    }, iter: 20_000);

    [Fact]
    public void that_were_collected_are_never_more_than_the_own_share() => Walk.Sample(walk =>
    {
        var state = Run(walk);
        Assert.InRange(state.Legs.Where(leg => leg.IsCharged || leg.IsInFlight).Sum(leg => leg.AmountFen), 0, Visits.Bill.Self.Value);
    }, iter: 20_000);

    [Fact]
    public void of_a_visit_that_ended_without_a_receipt_have_all_gone_back() => Walk.Sample(walk =>
    {
        var state = Run(walk);
        if (state.Stage is VisitStage.Refunded or VisitStage.Cancelled or VisitStage.Reversed) Assert.DoesNotContain(state.Legs, leg => leg.IsCharged || leg.IsInFlight);
    }, iter: 20_000);

    [Fact]
    public void of_a_split_add_up_only_when_no_part_is_negative_and_nothing_is_missing() =>
        Gen.Select(Gen.Long[-5, 5], Gen.Long[-5, 5], Gen.Long[-5, 5], Gen.Long[-5, 5]).Sample((total, fund, account, self) =>
            Assert.Equal(fund >= 0 && account >= 0 && self >= 0 && fund + account + self == total, new Split(new(total), new(fund), new(account), new(self)).AddsUp));

    [Fact]
    public void near_the_end_of_the_range_do_not_wrap() =>
        Assert.False(new Split(new(-2), new(long.MaxValue), new(long.MaxValue), Fen.Zero).AddsUp);

    private static SettlementState Run(int[] walk, Action<IVisitFact>? see = null)
    {
        var state = Visits.AtEveryStage[VisitStage.Registered];
        foreach (var index in walk)
        {
            if (SettlementDecider.Decide(Visits.EveryCommand[index], state) is not Decision.Accepted accepted) continue;
            foreach (var fact in accepted.Facts)
            {
                see?.Invoke(fact);
                state = state.Apply(fact);
            }
        }
        return state;
    }
}
