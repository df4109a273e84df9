using Health.CardBridge.Loads;

namespace Health.UnitTests.CardBridge;

public sealed class A_load_of_the_purse
{
    private static readonly DateTimeOffset At = new(2026, 11, 24, 4, 0, 0, TimeSpan.Zero);
    private static readonly LoadRequested Asked = new(At, "D|load|1", "MY510704W001", "resident", "card", "3100000012345678", 2_000, "510700000001", 50_000, 1, "AABBCCDD", "11223344");

    [Fact]
    public void goes_from_the_request_to_the_cards_word()
    {
        var state = LoadState.Empty;
        foreach (var (fact, name) in new (ILoadFact, string)[] { (Asked, "requested"), (new LoadAuthorised(At, "20261124120000"), "authorised"), (new LoadDecided(At, true, "F82FC6F7"), "loaded") })
        {
            Assert.Equal((fact, null), LoadDecider.Decide(fact, state));
            state = state.Apply(fact);
            Assert.Equal(name, state.Name);
            Assert.Equal((null, null), LoadDecider.Decide(fact, state));
        }
        Assert.Equal(409, LoadDecider.Decide(new LoadDecided(At, false, null), state).Refusal!.Status);
    }

    [Fact]
    public void with_the_same_id_and_anything_else_is_another_load()
    {
        var state = LoadState.Of([Asked]);
        Assert.Equal((null, null), LoadDecider.Decide(Asked with { At = At.AddMinutes(1) }, state));
        foreach (var other in (LoadRequested[])[Asked with { AmountFen = 2_001 }, Asked with { ChipSerial = "3100000099999999" }, Asked with { Challenge = "00000000" }, Asked with { CardSeq = 2 }])
            Assert.Equal(409, LoadDecider.Decide(other, state).Refusal!.Status);
    }

    [Fact]
    public void that_the_operator_gave_no_right_to_was_never_loaded()
    {
        Assert.Equal(409, LoadDecider.Decide(new LoadDecided(At, true, null), LoadState.Of([Asked])).Refusal!.Status);
        var refused = LoadState.Of([Asked, new LoadRefused(At, "MAC1 does not verify")]);
        Assert.Equal(409, LoadDecider.Decide(new LoadDecided(At, true, null), refused).Refusal!.Status);
        Assert.Equal((null, null), LoadDecider.Decide(new LoadDecided(At, false, null), refused));
        Assert.Equal(404, LoadDecider.Decide(new LoadDecided(At, false, null), LoadState.Empty).Refusal!.Status);
    }
}
