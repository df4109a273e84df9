using Health.Contracts;

namespace Health.Console.Kpi;

/// <summary>Messages of one institution on the day.</summary>
public sealed record MessagesOfInstitution(string Institution, long Accepted, long Quarantined);

/// <summary>Settlements of the day: how many and what they came to.</summary>
public sealed record SettlementSum(long Visits, Fen Total, Fen Fund, Fen Account, Fen SelfPaid)
{
    public static readonly SettlementSum None = new(0, Fen.Zero, Fen.Zero, Fen.Zero, Fen.Zero);
}

/// <summary>Persons with a card in one county, and those of them whose card carries both applications (health and city purse).</summary>
public sealed record CardsOfCounty(string Division, long Persons, long BothApplications);

/// <summary>Visits of one institution in the last thirty days.</summary>
public sealed record VisitsOfInstitution(string Institution, long Visits, long CardRegistrations, long CardSettlements);

/// <summary>A payment of which it is not known whether the purse was debited.</summary>
public sealed record UndecidedPayment(string VisitId, string Institution, DateTimeOffset Since);

/// <summary>How current the figures are: when the newest counted notice happened, and when it was counted.</summary>
public sealed record Currency(DateTimeOffset HappenedAt, DateTimeOffset CountedAt)
{
    public TimeSpan Lag => CountedAt - HappenedAt;
}

/// <summary>Everything the first page shows. <paramref name="AsOf"/> is null before the first notice.</summary>
public sealed record DayReport(
    DateOnly Day,
    IReadOnlyList<MessagesOfInstitution> Messages,
    long CardRegistrations,
    long Registrations,
    SettlementSum ByCard,
    SettlementSum AllSettled,
    IReadOnlyList<CardsOfCounty> Cards,
    IReadOnlyList<VisitsOfInstitution> Visits,
    IReadOnlyList<UndecidedPayment> Undecided,
    long UndecidedTotal,
    Currency? AsOf);
