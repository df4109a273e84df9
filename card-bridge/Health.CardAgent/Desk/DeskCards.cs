using System.Security.Cryptography;
using Health.Cards;

namespace Health.CardAgent.Desk;

/// <summary>The reader and the two security modules of the desk.</summary>
public sealed class DeskCards(ICardTransport transport, DeskSams sams, TimeProvider time)
{
    public ICardTransport Transport => transport;

    /// <summary>Terminal number of the purse SAM.</summary>
    public string TerminalNo => sams.Purse.TerminalNo;

    /// <summary>A powered card with a session. The caller disposes the connection.</summary>
    public HealthCardSession Open(out ICardConnection connection)
    {
        connection = transport.Connect();
        return Again(connection);
    }

    /// <summary>A new session on a connection that is open.</summary>
    public HealthCardSession Again(ICardConnection connection) => new(connection, sams.Health, RandomNumberGenerator.Create());

    /// <summary>From power-on to a known holder, then the purse.</summary>
    public CardReading Read(HealthCardSession session)
    {
        var started = time.GetTimestamp();
        var identity = session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        var holder = session.ReadHolder();
        var (apdus, took) = (session.Channel.Count, time.GetElapsedTime(started));
        var (purseNo, balance) = Purse(session).Open();
        return new CardReading(identity, holder, purseNo, balance, apdus, took);
    }

    /// <summary>The purse of an identified card.</summary>
    public PurseSession Purse(HealthCardSession session) =>
        session.Identity is { } identity
            ? new PurseSession(session.Channel, sams.Purse, identity.ChipSerial, identity.CityCode)
            : throw new InvalidOperationException("Identify the card first.");

    /// <summary>Whether an exception means that card or reader, not this program, failed.</summary>
    public static bool IsCardFailure(Exception exception) => exception is CardLostException or CardRefusedException or CardNotGenuineException or SamKeyMissingException or SamRefusedException;
}

/// <summary>Health SAM and purse SAM: two owners, two modules.</summary>
public sealed record DeskSams(ISam Health, ISam Purse);

public sealed record CardReading(CardIdentity Identity, CardHolder Holder, string PurseNo, long BalanceFen, int Apdus, TimeSpan Took)
{
    public override string ToString() => $"CardReading {Identity.ChipSerial}";
}
