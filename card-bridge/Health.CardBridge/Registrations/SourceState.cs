using System.Collections.Immutable;

namespace Health.CardBridge.Registrations;

/// <summary>Where a number that somebody holds or held stands.</summary>
public enum AppointmentStage
{
    Locked,
    Booked,
    Arrived,
    Missed,
    Cancelled,
    Expired,
    Stopped,
}

/// <param name="Changes">Counts every change, so that each is recorded once.</param>
public sealed record Appointment(string Id, int Number, string ResidentId, string Channel, AppointmentStage Stage, DateTimeOffset ExpiresAt, string? VisitTx, string? Reason, int Changes)
{
    /// <summary>The number is taken.</summary>
    public bool HoldsNumber => Stage is AppointmentStage.Locked or AppointmentStage.Booked or AppointmentStage.Arrived or AppointmentStage.Missed;
}

/// <summary>Numbers in the hands of a desk that are not given away yet.</summary>
public sealed record NumberPool(string DeskId, ImmutableSortedSet<int> HandedOut, ImmutableSortedSet<int> Left);

/// <summary>A source of numbers, folded from its facts. Pure.</summary>
public sealed record SourceState
{
    public static readonly SourceState Empty = new();

    public SourcePublished? Published { get; init; }
    public string? StoppedBecause { get; init; }
    public ImmutableDictionary<string, Appointment> Appointments { get; init; } = ImmutableDictionary<string, Appointment>.Empty;
    public ImmutableDictionary<string, NumberPool> Pools { get; init; } = ImmutableDictionary<string, NumberPool>.Empty;

    /// <summary>Numbers that nobody holds and no desk has in its pool.</summary>
    public ImmutableSortedSet<int> Free { get; init; } = [];
    public DateTimeOffset ChangedAt { get; init; }

    public bool IsStopped => StoppedBecause is not null;

    public static SourceState Of(IEnumerable<ISourceFact> facts) => facts.Aggregate(Empty, (state, fact) => state.Apply(fact));

    /// <summary>The channel a number was set aside for.</summary>
    public string ShareOf(int number) =>
        number <= Published!.ReferralReserved ? SourceDecider.Referral : number <= Published.ReferralReserved + Published.RegionalShare ? SourceDecider.Region : SourceDecider.Hospital;

    public SourceState Apply(ISourceFact fact) => (fact switch
    {
        SourcePublished e => this with { Published = e, Free = [.. Enumerable.Range(1, e.Numbers)] },
        NumberLocked e => Take(e),
        NumberExpired e => End(e.AppointmentId, AppointmentStage.Expired, null),
        NumberBooked e => With(Appointments[e.AppointmentId] with { Stage = AppointmentStage.Booked }),
        AppointmentVisit e => With(Appointments[e.AppointmentId] with { VisitTx = e.VisitTx }),
        AppointmentArrived e => With(Appointments[e.AppointmentId] with { Stage = AppointmentStage.Arrived }),
        AppointmentMissed e => With(Appointments[e.AppointmentId] with { Stage = AppointmentStage.Missed }),
        AppointmentCancelled e => End(e.AppointmentId, AppointmentStage.Cancelled, e.Reason),
        SourceStopped e => Appointments.Values.Where(a => a.Stage is AppointmentStage.Locked or AppointmentStage.Booked)
            .Aggregate(this with { StoppedBecause = e.Reason }, (state, a) => state.End(a.Id, AppointmentStage.Stopped, e.Reason)),
        PoolHandedOut e => this with { Free = Free.Except(e.Numbers), Pools = Pools.SetItem(e.PoolId, new NumberPool(e.DeskId, [.. e.Numbers], [.. e.Numbers])) },
        PoolReturned e => this with { Free = Free.Union(e.Numbers), Pools = Pools.SetItem(e.PoolId, Pools[e.PoolId] with { Left = Pools[e.PoolId].Left.Except(e.Numbers) }) },
        _ => throw new InvalidOperationException($"{fact.GetType().Name} is no fact of a source."),
    }) with { ChangedAt = fact.At };

    private SourceState Take(NumberLocked e)
    {
        var pools = Pools;
        foreach (var (id, pool) in Pools)
            if (pool.Left.Contains(e.Number)) pools = pools.SetItem(id, pool with { Left = pool.Left.Remove(e.Number) });
        return this with
        {
            Free = Free.Remove(e.Number), Pools = pools,
            Appointments = Appointments.SetItem(e.AppointmentId, new Appointment(e.AppointmentId, e.Number, e.ResidentId, e.Channel, AppointmentStage.Locked, e.ExpiresAt, null, null, 1)),
        };
    }

    private SourceState End(string id, AppointmentStage stage, string? reason) =>
        With(Appointments[id] with { Stage = stage, Reason = reason }) with { Free = Free.Add(Appointments[id].Number) };

    private SourceState With(Appointment appointment) => this with { Appointments = Appointments.SetItem(appointment.Id, appointment with { Changes = appointment.Changes + 1 }) };
}
