using System.Text.Json.Serialization;
using Health.CardAgent.Platform;

namespace Health.CardAgent.Desk;

/// <summary>What the desk shows: sent whole on every change. Amounts in fen.</summary>
public sealed record DeskView
{
    public required string DeskId { get; init; }
    public required string InstitutionName { get; init; }
    public required string Reader { get; init; }

    /// <summary>Nothing here is real: a virtual card, and nothing reaches the platform.</summary>
    public bool Training { get; init; }

    public CardView? Card { get; init; }
    public VisitView? Visit { get; init; }

    /// <summary>Debits nobody knows the outcome of: the card must come back.</summary>
    public IReadOnlyList<OpenDebit> Undecided { get; init; } = [];

    /// <summary>Outcomes the platform has not taken yet.</summary>
    public int Unreported { get; init; }

    /// <summary>Outcomes the platform contests: a person must look.</summary>
    public int Contested { get; init; }

    /// <summary>How the desk stands without the platform; null where going on alone is not allowed.</summary>
    public OfflineView? Offline { get; init; }

    public DeskMessage? Message { get; init; }

    // A record's own text would print the person into logs.
    public override string ToString() => $"DeskView {DeskId}";
}

public sealed record DeskMessage(string Level, string Zh, string En)
{
    public static DeskMessage Info(string zh, string en) => new("info", zh, en);
    public static DeskMessage Warning(string zh, string en) => new("warning", zh, en);
    public static DeskMessage Error(string zh, string en) => new("error", zh, en);
}

/// <summary>The card last seen; a contactless card is known on when it has left the field.</summary>
/// <param name="State"><c>reading</c>, <c>identified</c>, <c>blocked</c>, <c>unknown</c>, <c>offline</c>, <c>problem</c>.</param>
public sealed record CardView(string State)
{
    /// <summary>In the reader now.</summary>
    public bool Present { get; init; } = true;

    public string? Name { get; init; }
    public string? MaskedName { get; init; }
    public string? MaskedIdNumber { get; init; }

    /// <summary>Only for programs that ask for the person (local socket); the page never gets it.</summary>
    [JsonIgnore]
    public string? IdNumber { get; init; }
    public string? Sex { get; init; }
    public DateOnly? BirthDate { get; init; }
    public string? ChipSerial { get; init; }
    public string? ResidentId { get; init; }
    public bool Bound { get; init; }
    public string? PurseNo { get; init; }
    public long? BalanceFen { get; init; }

    /// <summary>APDUs from power-on to a known holder, and their time.</summary>
    public int Apdus { get; init; }
    public double ReadMilliseconds { get; init; }

    public override string ToString() => $"CardView {State}";
}

public enum VisitStage { Requested, Registered, PreSettled, Paying, Unknown, Paid, Settled, Reversed }

/// <summary>The visit at this desk, also after a restart; holds masked names alone.</summary>
public sealed record VisitView(string VisitTx, VisitStage Stage, string ResidentId, string ChipSerial, string DepartmentCode)
{
    /// <summary>Registered by this desk alone.</summary>
    public bool IsOffline => VisitStore.IsOffline(VisitTx);

    public string? MaskedName { get; init; }
    public string? VisitNumber { get; init; }
    public string? PurseNo { get; init; }
    public IReadOnlyList<FeeLine> FeeLines { get; init; } = [];
    public long TotalFen { get; init; }
    public long FundFen { get; init; }
    public long AccountFen { get; init; }
    public long SelfFen { get; init; }

    /// <summary>How the own share is paid; empty: the purse pays all of it.</summary>
    public IReadOnlyList<TenderLeg> Legs { get; init; } = [];

    /// <summary>What the purse is to pay.</summary>
    public long PurseFen => Legs.Count == 0 ? SelfFen : Legs.Where(leg => leg.Kind == TenderLeg.Purse).Sum(leg => leg.AmountFen);

    public DateTimeOffset? ExpiresAt { get; init; }
    public long? BalanceAfterFen { get; init; }
    public string? Tac { get; init; }
    public string? SettlementId { get; init; }
    public string? Receipt { get; init; }

    public override string ToString() => $"VisitView {VisitTx} {Stage}";
}

/// <param name="Leg">The platform's name of the leg.</param>
/// <param name="Kind"><c>purse</c>, <c>bank</c>, <c>mobile</c> or <c>cash</c>.</param>
/// <param name="State">As the platform says: <c>planned</c>, <c>requested</c>, <c>collected</c>, <c>refused</c>, <c>unknown</c> …</param>
public sealed record TenderLeg(string Leg, string Kind, long AmountFen, string State)
{
    public const string Purse = "purse";

    public bool IsCollected => State == "collected";
}

/// <param name="IsDown">The platform did not answer last time.</param>
/// <param name="IsReady">The platform knows this desk's journal key.</param>
/// <param name="Waiting">Journal entries to be uploaded.</param>
/// <param name="Numbers">Local visit numbers left for today.</param>
/// <param name="HasListKey">The city's key for blacklists is set.</param>
/// <param name="Trouble">What the platform refused, for the administrator.</param>
public sealed record OfflineView(bool IsDown, bool IsReady, int Waiting, int Numbers, bool HasListKey, DateTimeOffset? ListIssuedAt, long? ListAgeMinutes, bool ClockWrong, string? Trouble);

public sealed record OpenDebit(string VisitTx, string ChipSerial, long AmountFen, DateTime Local);

/// <summary>Why the desk did not do what was asked, in both languages. <paramref name="Status"/>: HTTP status of the local API.</summary>
public sealed record DeskRefusal(int Status, string Zh, string En)
{
    public static DeskRefusal Conflict(string zh, string en) => new(409, zh, en);

    public static DeskRefusal Of<T>(PlatformAnswer<T> answer) where T : class => answer.IsUnreachable
        ? new DeskRefusal(503, $"平台暂不可用，请稍后重试（{answer.Detail}）", $"The platform does not answer; try again ({answer.Detail})")
        : new DeskRefusal(answer.Status is 401 or 403 ? 502 : answer.Status, $"平台拒绝：{answer.Detail}", $"The platform refused: {answer.Detail}");
}
