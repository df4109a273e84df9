namespace Health.CardBridge.Loads;

/// <summary>A fact of a load's stream. Money in fen; names no person.</summary>
public interface ILoadFact
{
    DateTimeOffset At { get; }
}

/// <summary>The card answered INITIALIZE FOR LOAD. Challenge and MAC1 in hexadecimal.</summary>
public sealed record LoadRequested(
    DateTimeOffset At, string LoadId, string InstitutionCode, string ResidentId, string CardId, string ChipSerial, long AmountFen, string TerminalNo, long BalanceFen, int CardSeq, string Challenge, string Mac1) : ILoadFact;

/// <summary>The operator gave the right; its MAC2 is not kept here and is asked for again.</summary>
/// <param name="LocalTime">yyyyMMddHHmmss that MAC2 covers.</param>
public sealed record LoadAuthorised(DateTimeOffset At, string LocalTime) : ILoadFact;

public sealed record LoadRefused(DateTimeOffset At, string Reason) : ILoadFact;

/// <param name="Tac">Of the card; null when nothing was loaded, or when the card's record told it.</param>
public sealed record LoadDecided(DateTimeOffset At, bool Loaded, string? Tac) : ILoadFact;
