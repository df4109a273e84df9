using System.Text.Json;

namespace Health.CardAgent.Platform;

// Bodies and answers of the card bridge (/card/…). Amounts in fen.

public sealed record HolderBody(string Name, string IdNumber, string Sex, DateOnly BirthDate)
{
    // A record's own text would print the person into logs.
    public override string ToString() => "HolderBody";
}

public sealed record TapBody(
    string DeskId, string TerminalNo, string CardNo, string ChipSerial, string CityCode, IReadOnlyDictionary<string, string> CardData, HolderBody Holder)
{
    public override string ToString() => $"TapBody {ChipSerial}";
}

/// <param name="CardState"><c>active</c>, <c>blocked</c>, <c>unknown</c>; only an active card names its resident.</param>
/// <param name="Reason">Of a card that is not active, e.g. <c>lost</c>, <c>expired</c>, <c>mismatch</c>.</param>
/// <param name="Bound">A purse is bound and may pay.</param>
/// <param name="PurseState"><c>free</c>, <c>blocked</c>, <c>none</c>, <c>cannot-tell</c>.</param>
public sealed record TapAnswer(string? ResidentId, string? PatientName, string CardState, string? Reason, bool Bound, string? PurseNo, string? PurseState)
{
    public override string ToString() => $"TapAnswer {ResidentId} {CardState}";
}

public sealed record VisitBody(string VisitTx, string DeskId, string ResidentId, string CardNo, string DepartmentCode)
{
    public override string ToString() => $"VisitBody {VisitTx}";
}

public sealed record VisitAnswer(string VisitTx, string? VisitNumber, string State);

public sealed record FeeLine(string Code, string Name, int Quantity, long AmountFen);

public sealed record PreSettlementBody(IReadOnlyList<FeeLine> FeeLines);

public sealed record PreSettlementAnswer(string State, long TotalFen, long FundFen, long AccountFen, long SelfFen, DateTimeOffset? ExpiresAt);

/// <param name="LocalTime">yyyyMMddHHmmss as in the APDU.</param>
/// <param name="Challenge">Of INIT FOR PURCHASE, 8 hexadecimal digits.</param>
public sealed record IntentBody(
    string ChipSerial, string PurseNo, long AmountFen, string TerminalNo, uint TermSeq, ushort CardSeq, long BalanceFen, string LocalTime, string Challenge);

public sealed record OutcomeBody(string Outcome, string? Tac, string? Mac2, ushort CardSeq, uint TermSeq, string? Sw);

public sealed record StateAnswer(string State);

/// <param name="Receipt">The bridge's receipt; its <c>number</c> is printed.</param>
public sealed record SettlementAnswer(string State, string? SettlementId, JsonElement? Receipt);

public sealed record TenderBody(string Kind, long AmountFen);

public sealed record TendersBody(IReadOnlyList<TenderBody> Tenders);

/// <param name="AuthCode">The payer's code; one use.</param>
public sealed record CollectBody(string? AuthCode)
{
    public override string ToString() => "CollectBody";
}

/// <param name="Leg">The platform's name of the leg.</param>
public sealed record LegAnswer(string Leg, string Kind, long AmountFen, string State);

public sealed record TendersAnswer(string State, IReadOnlyList<LegAnswer> Tenders);

/// <param name="PublicKey">SM2, hexadecimal.</param>
public sealed record JournalKeyBody(string PublicKey);

/// <param name="SealKey">The platform's public key for what a desk notes of a person.</param>
public sealed record JournalKeyAnswer(long LastSeq, string LastHash, DateTimeOffset LastAt, string SealKey);

public sealed record NumbersBody(DateOnly Day, int Block);

public sealed record NumberBlock(DateOnly Day, int Block, int First, int Last);

public sealed record OfflineEntries(IReadOnlyList<Health.Cards.OfflineEntry> Entries);

/// <summary>INIT FOR LOAD was answered: what the operator needs to know the card. <paramref name="LoadId"/>: the desk's own, for ever.</summary>
public sealed record LoadBody(string LoadId, string ChipSerial, string PurseNo, long AmountFen, string TerminalNo, long BalanceFen, int CardSeq, int KeyVersion, int Algorithm, string Challenge, string Mac1);

/// <param name="State"><c>requested</c> (the operator's answer is not known: ask again), <c>authorised</c>, <c>refused</c>, <c>loaded</c>, <c>not-loaded</c>.</param>
/// <param name="LocalTime">yyyyMMddHHmmss for CREDIT FOR LOAD.</param>
public sealed record LoadAnswer(string State, string? LocalTime, string? Mac2, string? Reason);

/// <param name="Outcome"><c>loaded</c> or <c>not-loaded</c>, as the card answered or proved.</param>
public sealed record LoadOutcomeBody(string Outcome, string? Tac);

public sealed record OfflineTaken(long LastSeq);

public sealed record BinaryAnswer(byte[] Bytes);

public sealed record ReversalBody(string Reason);

/// <summary>A visit the platform holds open for a desk, with the last debit it reserved.</summary>
public sealed record OpenVisit(string VisitTx, string State, OpenVisitDebit? Debit);

public sealed record OpenVisitDebit(string ChipSerial, long AmountFen, string TerminalNo, uint TermSeq, ushort CardSeq, string LocalTime, bool Charged);

public sealed record OpenVisits(IReadOnlyList<OpenVisit> Visits);

/// <summary>Answer of the platform: a value, a refusal with its status, or no answer at all (status 0, or 5xx), which says nothing about what was done.</summary>
public readonly record struct PlatformAnswer<T>(T? Value, int Status, string Detail) where T : class
{
    public bool IsOk => Value is not null;

    public bool IsUnreachable => Status == 0 || Status >= 500;
}
