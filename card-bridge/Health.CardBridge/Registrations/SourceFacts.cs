namespace Health.CardBridge.Registrations;

/// <summary>A fact of the stream of one source of numbers. Residents by id only.</summary>
public interface ISourceFact
{
    DateTimeOffset At { get; }
}

/// <summary>The hospital offers a session (号源). Numbers 1 to <paramref name="ReferralReserved"/> are for referrals, the next <paramref name="RegionalShare"/> for the region, the rest the hospital's own.</summary>
/// <param name="Session"><c>am</c>, <c>pm</c> or <c>night</c>.</param>
/// <param name="SharedUntil">From then on every free number is anybody's; null: the shares hold to the end.</param>
public sealed record SourcePublished(
    DateTimeOffset At, string SourceId, string InstitutionCode, string DepartmentCode, string DoctorCode, DateOnly Day, string Session, DateTimeOffset StartsAt, DateTimeOffset EndsAt,
    long FeeFen, int Numbers, int RegionalShare, int ReferralReserved, DateTimeOffset? SharedUntil) : ISourceFact;

/// <param name="Channel"><c>hospital</c>, <c>region</c>, <c>referral</c> or <c>pool</c>.</param>
/// <param name="ExpiresAt">Without a booking until then the number is free again.</param>
public sealed record NumberLocked(DateTimeOffset At, string AppointmentId, int Number, string ResidentId, string Channel, DateTimeOffset ExpiresAt, string? ReferralNo) : ISourceFact;

public sealed record NumberExpired(DateTimeOffset At, string AppointmentId) : ISourceFact;

public sealed record NumberBooked(DateTimeOffset At, string AppointmentId) : ISourceFact;

/// <summary>The visit transaction in which the fee is paid.</summary>
public sealed record AppointmentVisit(DateTimeOffset At, string AppointmentId, string VisitTx) : ISourceFact;

public sealed record AppointmentArrived(DateTimeOffset At, string AppointmentId) : ISourceFact;

/// <summary>爽约: booked, not cancelled, not there.</summary>
public sealed record AppointmentMissed(DateTimeOffset At, string AppointmentId) : ISourceFact;

public sealed record AppointmentCancelled(DateTimeOffset At, string AppointmentId, string Reason) : ISourceFact;

/// <summary>停诊: every number that is locked or booked ends with it, and what was paid goes back.</summary>
public sealed record SourceStopped(DateTimeOffset At, string Reason) : ISourceFact;

/// <summary>Numbers that a desk may give away while it is cut off.</summary>
public sealed record PoolHandedOut(DateTimeOffset At, string PoolId, string DeskId, IReadOnlyList<int> Numbers) : ISourceFact;

public sealed record PoolReturned(DateTimeOffset At, string PoolId, IReadOnlyList<int> Numbers) : ISourceFact;
