using Health.CardBridge.Log;
using Health.CardBridge.Offline;
using Health.CardBridge.Settlements;

namespace Health.UnitTests.CardBridge;

public sealed class A_visit_carried_out_by_a_desk_alone
{
    private static readonly DateTimeOffset At = new(2026, 11, 24, 4, 0, 0, TimeSpan.Zero);
    private static readonly SealedPayload Closed = new("k", [1]);

    [Fact]
    public void that_goes_well_leaves_no_finding()
    {
        var state = OfflineVisitState.Empty;
        foreach (var told in new IOfflineFact[] { Registered(1), Intended(2, 1), Decided(3, 1, OfflineDebitDecided.Charged) })
        {
            var (fact, finding) = OfflineDecider.Decide(told, state);
            Assert.Null(finding);
            state = state.Apply(fact!);
        }
        Assert.True(state.IsCharged);
    }

    [Fact]
    public void whose_outcome_is_unknown_takes_the_proof_and_nothing_after_it()
    {
        var state = Of(Registered(1), Intended(2, 1), Decided(3, 1, OfflineDebitDecided.Unknown));
        var proof = Decided(4, 1, OfflineDebitDecided.Charged);
        Assert.Equal(new OfflineDecision(proof, null), OfflineDecider.Decide(proof, state));
        var proved = state.Apply(proof);
        Assert.Equal(new OfflineDecision(null, null), OfflineDecider.Decide(proof, proved));
        Assert.Equal(new OfflineDecision(null, null), OfflineDecider.Decide(Decided(5, 1, OfflineDebitDecided.Unknown), proved));
        Assert.Equal("offline-outcome-contradicts", OfflineDecider.Decide(Decided(5, 1, OfflineDebitDecided.NotCharged), proved).Finding);
        Assert.Equal("offline-outcome-with-another-tac", OfflineDecider.Decide(Decided(5, 1, OfflineDebitDecided.Charged) with { Tac = "00000000" }, proved).Finding);
    }

    [Fact]
    public void keeps_money_that_does_not_fit_and_says_so()
    {
        Assert.Equal("offline-debit-without-visit", OfflineDecider.Decide(Intended(1, 1), OfflineVisitState.Empty).Finding);
        Assert.NotNull(OfflineDecider.Decide(Intended(1, 1), OfflineVisitState.Empty).Fact);
        var open = Of(Registered(1), Intended(2, 1));
        Assert.Equal("offline-debit-while-another-is-open", OfflineDecider.Decide(Intended(3, 2), open).Finding);
        var twice = Of(Registered(1), Intended(2, 1), Intended(3, 2), Decided(4, 1, OfflineDebitDecided.Charged));
        var second = OfflineDecider.Decide(Decided(5, 2, OfflineDebitDecided.Charged), twice);
        Assert.NotNull(second.Fact);
        Assert.Equal("offline-visit-paid-twice", second.Finding);
        Assert.Equal("offline-debit-after-payment", OfflineDecider.Decide(Intended(6, 3), twice.Apply(second.Fact)).Finding);
    }

    [Fact]
    public void takes_nothing_twice()
    {
        var state = Of(Registered(1), Intended(2, 1));
        Assert.Equal(new OfflineDecision(null, "offline-registered-twice"), OfflineDecider.Decide(Registered(3), state));
        Assert.Equal(new OfflineDecision(null, "offline-debit-intended-twice"), OfflineDecider.Decide(Intended(3, 1), state));
        Assert.Equal(new OfflineDecision(null, "offline-outcome-without-debit"), OfflineDecider.Decide(Decided(3, 9, OfflineDebitDecided.Charged), state));
    }

    private static OfflineVisitState Of(params IOfflineFact[] facts) => OfflineVisitState.Of(facts);

    private static OfflineVisitRegistered Registered(long seq) => new(At, seq, "D|20261124|L1", "MY510704W001", "D", "C2026112400001", "0300", "card", "3100000012345678", "resident", At, Closed);

    private static OfflineDebitIntended Intended(long seq, long termSeq) => new(At, seq, Debit(termSeq), 1_500, Closed, Closed);

    private static OfflineDebitDecided Decided(long seq, long termSeq, string outcome) => new(At, seq, Debit(termSeq).Key, outcome, outcome == OfflineDebitDecided.Charged ? "F82FC6F7" : null, null);

    private static PurseDebit Debit(long termSeq) => new("3100000012345678", Guid.Empty, 1_500, "510700000001", termSeq, 1, 50_000, "20261124120000", "AABBCCDD");
}
