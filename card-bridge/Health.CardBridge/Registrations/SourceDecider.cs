using Health.Contracts;

namespace Health.CardBridge.Registrations;

/// <summary>New facts (none: it was so already), or the reason why not.</summary>
public sealed record SourceDecision(IReadOnlyList<ISourceFact> Facts, Refusal? Refusal)
{
    public static readonly SourceDecision Nothing = new([], null);

    public static SourceDecision Of(params ISourceFact[] facts) => new(facts, null);

    public static SourceDecision No(string diagnostics) => new([], Refusal.Conflict(diagnostics));
}

/// <summary>What may happen to a source of numbers and the appointments in it. Pure: time and ids come with the call.</summary>
public static class SourceDecider
{
    public const string Hospital = "hospital", Region = "region", Referral = "referral", Pool = "pool";

    /// <summary>How long a number is kept for somebody who has not confirmed (card domain §5.2).</summary>
    public static readonly TimeSpan LockLifetime = TimeSpan.FromSeconds(120);

    public const int MaxNumbers = 500, MaxPool = 50;

    public static SourceDecision Publish(SourcePublished source, SourceState state)
    {
        if (state.Published is { } known) return known with { At = source.At } == source ? SourceDecision.Nothing : SourceDecision.No("The source is published otherwise; stop it and publish another.");
        if (source.Numbers is < 1 or > MaxNumbers) return Wrong($"1 to {MaxNumbers} numbers.", "numbers");
        if (source.RegionalShare < 0 || source.ReferralReserved < 0 || source.RegionalShare + source.ReferralReserved > source.Numbers) return Wrong("The shares exceed the numbers.", "regionalShare");
        if (source.EndsAt <= source.StartsAt || source.EndsAt <= source.At) return Wrong("The session ends before it begins or is over.", "endsAt");
        return source.FeeFen < 0 ? Wrong("A fee is not negative.", "feeFen") : SourceDecision.Of(source);
    }

    /// <summary>Keeps a number for a resident. Locks that ran out are given back on the way.</summary>
    public static SourceDecision Lock(DateTimeOffset at, string appointmentId, string residentId, string channel, string? referralNo, SourceState state)
    {
        if (state.Appointments.TryGetValue(appointmentId, out var known))
            return known.ResidentId == residentId && known.HoldsNumber ? SourceDecision.Nothing : SourceDecision.No("This request had another number, which is given back.");
        if (Shut(at, state) is { } shut) return shut;
        var expired = Expire(at, state).Facts;
        var now = expired.Aggregate(state, (s, fact) => s.Apply(fact));
        if (now.Appointments.Values.Any(a => a.ResidentId == residentId && a.HoldsNumber)) return SourceDecision.No("This person holds a number of this session.");
        if (Pick(at, channel, now) is not { } number) return SourceDecision.No("No number is left.");
        return new SourceDecision([.. expired, new NumberLocked(at, appointmentId, number, residentId, channel, at + LockLifetime, referralNo)], null);
    }

    public static SourceDecision Book(DateTimeOffset at, string appointmentId, SourceState state)
    {
        if (!state.Appointments.TryGetValue(appointmentId, out var a)) return Unknown();
        if (a.Stage is AppointmentStage.Booked or AppointmentStage.Arrived) return SourceDecision.Nothing;
        if (a.Stage != AppointmentStage.Locked) return SourceDecision.No($"The number was given back ({a.Stage.ToString().ToLowerInvariant()}).");
        if (a.ExpiresAt <= at) return SourceDecision.No("The number was kept for two minutes; it is given back. Take another.");
        return Shut(at, state) ?? SourceDecision.Of(new NumberBooked(at, appointmentId));
    }

    /// <summary>A number that a desk gave away while it was cut off.</summary>
    public static SourceDecision BookPooled(DateTimeOffset at, string appointmentId, string residentId, string poolId, int number, SourceState state)
    {
        if (state.Appointments.TryGetValue(appointmentId, out var known)) return known.ResidentId == residentId && known.Number == number ? SourceDecision.Nothing : SourceDecision.No("This request booked another number.");
        if (!state.Pools.TryGetValue(poolId, out var pool) || !pool.Left.Contains(number)) return SourceDecision.No("The number is not in the pool of this desk.");
        if (state.IsStopped) return SourceDecision.No("The session was stopped.");
        return SourceDecision.Of(new NumberLocked(at, appointmentId, number, residentId, Pool, at, null), new NumberBooked(at, appointmentId));
    }

    public static SourceDecision Attach(DateTimeOffset at, string appointmentId, string visitTx, SourceState state)
    {
        if (!state.Appointments.TryGetValue(appointmentId, out var a)) return Unknown();
        if (a.VisitTx == visitTx) return SourceDecision.Nothing;
        if (a.VisitTx is not null) return SourceDecision.No("Another visit belongs to this appointment.");
        return a.Stage is AppointmentStage.Booked or AppointmentStage.Arrived ? SourceDecision.Of(new AppointmentVisit(at, appointmentId, visitTx)) : SourceDecision.No("The number is not booked.");
    }

    public static SourceDecision Arrive(DateTimeOffset at, string appointmentId, SourceState state) => !state.Appointments.TryGetValue(appointmentId, out var a) ? Unknown() : a.Stage switch
    {
        AppointmentStage.Arrived => SourceDecision.Nothing,
        AppointmentStage.Booked => SourceDecision.Of(new AppointmentArrived(at, appointmentId)),
        _ => SourceDecision.No("The number is not booked."),
    };

    /// <summary>Only when the session is over: until then the person may come.</summary>
    public static SourceDecision Miss(DateTimeOffset at, string appointmentId, SourceState state)
    {
        if (!state.Appointments.TryGetValue(appointmentId, out var a)) return Unknown();
        if (a.Stage == AppointmentStage.Missed) return SourceDecision.Nothing;
        if (a.Stage != AppointmentStage.Booked) return SourceDecision.No("The number is not booked, or the person came.");
        return at < state.Published!.EndsAt ? SourceDecision.No("The session is not over.") : SourceDecision.Of(new AppointmentMissed(at, appointmentId));
    }

    public static SourceDecision Cancel(DateTimeOffset at, string appointmentId, string reason, SourceState state)
    {
        if (!state.Appointments.TryGetValue(appointmentId, out var a)) return Unknown();
        if (a.Stage is AppointmentStage.Cancelled or AppointmentStage.Expired or AppointmentStage.Stopped) return SourceDecision.Nothing;
        if (a.Stage is AppointmentStage.Arrived or AppointmentStage.Missed) return SourceDecision.No("The person was seen, or did not come: nothing is left to cancel.");
        return at >= state.Published!.EndsAt ? SourceDecision.No("The session is over.") : SourceDecision.Of(new AppointmentCancelled(at, appointmentId, reason));
    }

    public static SourceDecision Stop(DateTimeOffset at, string reason, SourceState state)
    {
        if (state.Published is null) return Unknown();
        return state.IsStopped ? SourceDecision.Nothing : SourceDecision.Of(new SourceStopped(at, reason));
    }

    /// <summary>Locks that ran out.</summary>
    public static SourceDecision Expire(DateTimeOffset at, SourceState state) =>
        new([.. state.Appointments.Values.Where(a => a.Stage == AppointmentStage.Locked && a.ExpiresAt <= at).OrderBy(a => a.Number).Select(a => new NumberExpired(at, a.Id))], null);

    /// <summary>The highest free numbers of the hospital's own, so that they do not meet those given away at the counter.</summary>
    public static SourceDecision HandOut(DateTimeOffset at, string poolId, string deskId, int count, SourceState state)
    {
        if (state.Pools.TryGetValue(poolId, out var known)) return known.DeskId == deskId ? SourceDecision.Nothing : SourceDecision.No("Another desk has this pool.");
        if (count is < 1 or > MaxPool) return Wrong($"A pool has 1 to {MaxPool} numbers.", "count");
        if (Shut(at, state) is { } shut) return shut;
        var numbers = state.Free.Where(number => state.ShareOf(number) == Hospital).Reverse().Take(count).Order().ToList();
        return numbers.Count == 0 ? SourceDecision.No("No number is left.") : SourceDecision.Of(new PoolHandedOut(at, poolId, deskId, numbers));
    }

    public static SourceDecision ReturnPool(DateTimeOffset at, string poolId, SourceState state)
    {
        if (!state.Pools.TryGetValue(poolId, out var pool)) return Unknown();
        return pool.Left.Count == 0 ? SourceDecision.Nothing : SourceDecision.Of(new PoolReturned(at, poolId, [.. pool.Left]));
    }

    // The lowest number that was set aside for the channel; one for referrals may fall back on the region's and the hospital's.
    private static int? Pick(DateTimeOffset at, string channel, SourceState state)
    {
        string[] shares = state.Published!.SharedUntil <= at ? [channel, Hospital, Region, Referral] : channel == Referral ? [Referral, Region, Hospital] : [channel];
        foreach (var share in shares)
            foreach (var number in state.Free)
                if (state.ShareOf(number) == share) return number;
        return null;
    }

    private static SourceDecision? Shut(DateTimeOffset at, SourceState state) =>
        state.Published is not { } source ? Unknown() : state.IsStopped ? SourceDecision.No("The session was stopped.") : source.EndsAt <= at ? SourceDecision.No("The session is over.") : null;

    private static SourceDecision Unknown() => new([], Refusal.NotFound("There is no such source or appointment."));

    private static SourceDecision Wrong(string diagnostics, string place) => new([], Refusal.Unprocessable(diagnostics, place));
}
