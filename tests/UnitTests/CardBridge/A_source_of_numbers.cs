using Health.CardBridge.Registrations;

namespace Health.UnitTests.CardBridge;

public sealed class A_source_of_numbers
{
    private static readonly DateTimeOffset At = Visits.Noon;

    // 2 for referrals, 3 for the region, 5 of the hospital.
    private static readonly SourcePublished Morning = new(At, "S1", "H1", "0300", "D1", new DateOnly(2026, 11, 25), "am", At.AddHours(20), At.AddHours(24), 1_000, 10, 3, 2, At.AddHours(18));

    private static SourceState Open => SourceState.Of([Morning]);

    private static SourceState After(SourceState state, SourceDecision decision)
    {
        Assert.Null(decision.Refusal);
        return decision.Facts.Aggregate(state, (s, fact) => s.Apply(fact));
    }

    private static SourceState Booked(SourceState state, string id, string resident, string channel = SourceDecider.Hospital, DateTimeOffset? at = null)
    {
        var locked = After(state, SourceDecider.Lock(at ?? At, id, resident, channel, null, state));
        return After(locked, SourceDecider.Book(at ?? At, id, locked));
    }

    [Fact]
    public void gives_each_channel_the_numbers_set_aside_for_it_and_no_more()
    {
        var state = Open;
        List<int> Take(string channel, int count)
        {
            List<int> numbers = [];
            for (var i = 0; i < count; i++)
            {
                state = Booked(state, $"{channel}{i}", $"r-{channel}{i}", channel);
                numbers.Add(state.Appointments[$"{channel}{i}"].Number);
            }
            return numbers;
        }
        Assert.Equal([3, 4, 5], Take(SourceDecider.Region, 3));
        Assert.Equal(409, SourceDecider.Lock(At, "x", "r-x", SourceDecider.Region, null, state).Refusal!.Status);
        Assert.Equal([6, 7, 8, 9, 10], Take(SourceDecider.Hospital, 5));
        Assert.Equal(409, SourceDecider.Lock(At, "x", "r-x", SourceDecider.Hospital, null, state).Refusal!.Status);
        Assert.Equal([1, 2], Take(SourceDecider.Referral, 2));
        Assert.Empty(state.Free);
    }

    [Fact]
    public void lets_a_referral_fall_back_and_opens_every_share_at_its_time()
    {
        var state = Booked(Booked(Booked(Open, "a", "r1", SourceDecider.Referral), "b", "r2", SourceDecider.Referral), "c", "r3", SourceDecider.Referral);
        Assert.Equal([1, 2, 3], state.Appointments.Values.Select(a => a.Number).Order());
        var late = Booked(Open, "a", "r1", SourceDecider.Region, Morning.SharedUntil);
        for (var i = 0; i < 9; i++) late = Booked(late, $"b{i}", $"s{i}", SourceDecider.Region, Morning.SharedUntil);
        Assert.Empty(late.Free);
    }

    [Fact]
    public void keeps_a_number_for_two_minutes_and_gives_it_back()
    {
        var locked = After(Open, SourceDecider.Lock(At, "a", "r1", SourceDecider.Hospital, null, Open));
        Assert.Empty(SourceDecider.Expire(At.AddSeconds(119), locked).Facts);
        Assert.Equal(409, SourceDecider.Book(At.AddSeconds(120), "a", locked).Refusal!.Status);
        Assert.Equal(AppointmentStage.Booked, After(locked, SourceDecider.Book(At.AddSeconds(119), "a", locked)).Appointments["a"].Stage);
        var next = After(locked, SourceDecider.Lock(At.AddSeconds(120), "b", "r2", SourceDecider.Hospital, null, locked));
        Assert.Equal((AppointmentStage.Expired, 6), (next.Appointments["a"].Stage, next.Appointments["b"].Number));
        Assert.Equal(409, SourceDecider.Lock(At.AddSeconds(121), "a", "r1", SourceDecider.Hospital, null, next).Refusal!.Status);
    }

    [Fact]
    public void gives_one_person_one_number_and_a_repeat_the_same()
    {
        var state = Booked(Open, "a", "r1");
        Assert.Empty(SourceDecider.Lock(At, "a", "r1", SourceDecider.Hospital, null, state).Facts);
        Assert.Equal(409, SourceDecider.Lock(At, "b", "r1", SourceDecider.Hospital, null, state).Refusal!.Status);
        Assert.Equal(409, SourceDecider.Lock(At, "a", "r2", SourceDecider.Hospital, null, state).Refusal!.Status);
        Assert.Empty(SourceDecider.Book(At, "a", state).Facts);
    }

    [Fact]
    public void that_is_cancelled_frees_the_number_for_the_next()
    {
        var state = Booked(Open, "a", "r1");
        state = After(state, SourceDecider.Cancel(At, "a", "来不了", state));
        Assert.Empty(SourceDecider.Cancel(At, "a", "来不了", state).Facts);
        Assert.Equal(6, Booked(state, "b", "r1").Appointments["b"].Number);
        var arrived = After(Booked(Open, "a", "r1"), SourceDecider.Arrive(At, "a", Booked(Open, "a", "r1")));
        Assert.Equal(409, SourceDecider.Cancel(At, "a", "x", arrived).Refusal!.Status);
    }

    [Fact]
    public void that_is_stopped_ends_every_number_that_was_not_used()
    {
        var state = Booked(Booked(Open, "a", "r1"), "b", "r2");
        state = After(state, SourceDecider.Arrive(At, "b", state));
        state = After(state, SourceDecider.Attach(At, "a", "tx-1", state));
        state = After(state, SourceDecider.Lock(At, "c", "r3", SourceDecider.Region, null, state));
        state = After(state, SourceDecider.Stop(At, "医生停诊", state));
        Assert.Equal([("a", AppointmentStage.Stopped), ("b", AppointmentStage.Arrived), ("c", AppointmentStage.Stopped)], state.Appointments.Values.OrderBy(a => a.Id).Select(a => (a.Id, a.Stage)));
        Assert.Equal(409, SourceDecider.Lock(At, "d", "r4", SourceDecider.Hospital, null, state).Refusal!.Status);
        Assert.Equal(409, SourceDecider.Book(At, "c", state).Refusal!.Status);
        Assert.Empty(SourceDecider.Stop(At, "again", state).Facts);
        Assert.Equal("tx-1", state.Appointments["a"].VisitTx);
    }

    [Fact]
    public void counts_as_missed_only_who_was_booked_and_the_session_is_over()
    {
        var state = Booked(Open, "a", "r1");
        Assert.Equal(409, SourceDecider.Miss(Morning.EndsAt.AddSeconds(-1), "a", state).Refusal!.Status);
        Assert.Equal(AppointmentStage.Missed, After(state, SourceDecider.Miss(Morning.EndsAt, "a", state)).Appointments["a"].Stage);
        var arrived = After(state, SourceDecider.Arrive(At, "a", state));
        Assert.Equal(409, SourceDecider.Miss(Morning.EndsAt, "a", arrived).Refusal!.Status);
    }

    [Fact]
    public void hands_a_desk_numbers_that_nobody_else_gets()
    {
        var state = After(Open, SourceDecider.HandOut(At, "p1", "desk-1", 2, Open));
        Assert.Equal([9, 10], state.Pools["p1"].Left);
        Assert.Empty(SourceDecider.HandOut(At, "p1", "desk-1", 2, state).Facts);
        Assert.Equal(409, SourceDecider.HandOut(At, "p1", "desk-2", 2, state).Refusal!.Status);
        for (var i = 0; i < 3; i++) state = Booked(state, $"a{i}", $"r{i}");
        Assert.Equal(409, SourceDecider.Lock(At, "x", "rx", SourceDecider.Hospital, null, state).Refusal!.Status);
        state = After(state, SourceDecider.BookPooled(At, "o1", "r9", "p1", 10, state));
        Assert.Equal((AppointmentStage.Booked, 10), (state.Appointments["o1"].Stage, state.Appointments["o1"].Number));
        Assert.Empty(SourceDecider.BookPooled(At, "o1", "r9", "p1", 10, state).Facts);
        Assert.Equal(409, SourceDecider.BookPooled(At, "o2", "r8", "p1", 10, state).Refusal!.Status);
        state = After(state, SourceDecider.ReturnPool(At, "p1", state));
        Assert.Equal(9, Booked(state, "y", "ry").Appointments["y"].Number);
    }

    [Theory]
    [InlineData(0, 0, 0, 1)]
    [InlineData(501, 0, 0, 1)]
    [InlineData(10, 6, 5, 1)]
    [InlineData(10, -1, 0, 1)]
    [InlineData(10, 0, 0, -30)]
    public void is_refused_when_its_shares_or_times_make_no_sense(int numbers, int share, int referrals, int hours) =>
        Assert.Equal(422, SourceDecider.Publish(Morning with { Numbers = numbers, RegionalShare = share, ReferralReserved = referrals, EndsAt = Morning.StartsAt.AddHours(hours) }, SourceState.Empty).Refusal!.Status);

    [Fact]
    public void never_gives_a_number_twice_whatever_comes_in_which_order()
    {
        var random = new Random(20261125);
        for (var round = 0; round < 300; round++)
        {
            var (state, at) = (Open, At);
            for (var step = 0; step < 60; step++)
            {
                at = at.AddSeconds(random.Next(60));
                var (id, resident) = ($"a{random.Next(20)}", $"r{random.Next(12)}");
                var channel = random.Next(3) switch { 0 => SourceDecider.Hospital, 1 => SourceDecider.Region, _ => SourceDecider.Referral };
                var decision = random.Next(9) switch
                {
                    0 or 1 or 2 => SourceDecider.Lock(at, id, resident, channel, null, state),
                    3 or 4 => SourceDecider.Book(at, id, state),
                    5 => SourceDecider.Cancel(at, id, "x", state),
                    6 => SourceDecider.HandOut(at, $"p{random.Next(3)}", "desk-1", random.Next(1, 3), state),
                    7 => SourceDecider.BookPooled(at, id, resident, $"p{random.Next(3)}", random.Next(1, 11), state),
                    _ => SourceDecider.ReturnPool(at, $"p{random.Next(3)}", state),
                };
                if (decision.Refusal is not null) continue;
                state = decision.Facts.Aggregate(state, (s, fact) => s.Apply(fact));
                var held = state.Appointments.Values.Where(a => a.HoldsNumber).Select(a => a.Number).Concat(state.Pools.Values.SelectMany(pool => pool.Left)).Concat(state.Free).ToList();
                Assert.Equal(Enumerable.Range(1, 10), held.Order());
            }
        }
    }

    [Fact]
    public void shows_the_session_in_equal_parts()
    {
        Assert.Equal((Morning.StartsAt, Morning.StartsAt.AddMinutes(24)), AppointmentResources.TimesOf(Morning, 1));
        Assert.Equal(Morning.EndsAt, AppointmentResources.TimesOf(Morning, 10).End);
    }

    [Fact]
    public void blocks_who_missed_three_in_half_a_year_for_ninety_days()
    {
        var day = new DateOnly(2026, 6, 1);
        Assert.Null(NoShowRules.BlockedUntil([day, day.AddDays(10)], day.AddDays(20)));
        Assert.Equal(day.AddDays(110), NoShowRules.BlockedUntil([day, day.AddDays(10), day.AddDays(20)], day.AddDays(21)));
        Assert.Equal(day.AddDays(110), NoShowRules.BlockedUntil([day, day.AddDays(10), day.AddDays(20)], day.AddDays(110)));
        Assert.Null(NoShowRules.BlockedUntil([day, day.AddDays(10), day.AddDays(20)], day.AddDays(111)));
        Assert.Null(NoShowRules.BlockedUntil([day, day.AddDays(10), day.AddDays(191)], day.AddDays(191)));
        Assert.Null(NoShowRules.BlockedUntil([day, day.AddDays(10), day.AddDays(20)], day.AddDays(5)));
    }
}
