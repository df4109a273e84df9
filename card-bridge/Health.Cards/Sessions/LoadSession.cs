using System.Globalization;

namespace Health.Cards;

/// <summary>A load as the card prepared it. Challenge and MAC1 in hexadecimal.</summary>
public sealed record LoadIntent(string ChipSerial, string PurseNo, long AmountFen, long BalanceFen, ushort CardSeq, byte KeyVersion, byte Algorithm, string TerminalNo, string Challenge, string Mac1);

/// <summary>How a load ended, as far as can be known now.</summary>
public abstract record LoadOutcome
{
    private LoadOutcome() { }

    /// <summary>TAC in hexadecimal; null when the card's record told it.</summary>
    public sealed record Loaded(string? Tac) : LoadOutcome;

    public sealed record NotLoaded(string Reason) : LoadOutcome;

    /// <summary>Only the card decides, by GET TRANSACTION PROVE or its records.</summary>
    public sealed record Unknown(string Reason) : LoadOutcome;
}

/// <summary>The load dialogue with an open purse (profile §1.6). MAC2 is the operator's: no key of a load is here.</summary>
public sealed class LoadSession(PurseSession purse, CardChannel channel, string chipSerial, string terminalNo)
{
    private readonly string purseNo = purse.PurseNo ?? throw new InvalidOperationException("Open the purse first.");

    /// <summary>INITIALIZE FOR LOAD: changes nothing on the card. Throws <see cref="CardRefusedException"/>, e.g. when the balance would be too high.</summary>
    public LoadIntent Initialise(long amountFen)
    {
        var init = LoadInit.TryParse(channel.Ask("INITIALIZE FOR LOAD", PurseCommands.InitForLoad(amountFen, terminalNo))) ?? throw new CardNotGenuineException("The answer of INITIALIZE FOR LOAD is malformed.");
        return new LoadIntent(chipSerial, purseNo, amountFen, init.BalanceFen, init.CardSeq, init.KeyVersion, init.Algorithm, terminalNo, Convert.ToHexString(init.Challenge), Convert.ToHexString(init.Mac1));
    }

    /// <summary>CREDIT FOR LOAD, once, directly after <see cref="Initialise"/>.</summary>
    /// <param name="localTime">yyyyMMddHHmmss and MAC2 as the operator gave them.</param>
    public LoadOutcome Credit(LoadIntent intent, string localTime, string mac2)
    {
        var local = DateTime.ParseExact(localTime, "yyyyMMddHHmmss", CultureInfo.InvariantCulture);
        try
        {
            var answer = channel.Once(PurseCommands.CreditForLoad(local, Convert.FromHexString(mac2)));
            if (answer is { IsOk: true, Data.Length: 4 }) return new LoadOutcome.Loaded(Convert.ToHexString(answer.Data));
            // A cut answer may look like a status word: "nothing was loaded" is believed only when the card also proves it.
            return answer is null ? new LoadOutcome.Unknown("no status word") : Prove(intent);
        }
        catch (CardLostException lost)
        {
            return new LoadOutcome.Unknown(lost.Message);
        }
        catch (CardRefusedException refused)
        {
            return new LoadOutcome.Unknown(refused.Message);
        }
    }

    /// <summary>What the card says of a load whose outcome is not known.</summary>
    public LoadOutcome Prove(LoadIntent intent)
    {
        if (intent.ChipSerial != chipSerial || intent.PurseNo != purseNo) return new LoadOutcome.Unknown("another card");
        var answer = channel.Once(PurseCommands.GetTransactionProve(PurseCommands.LoadType, intent.CardSeq)) ?? throw new CardRefusedException("GET TRANSACTION PROVE", null);
        if (answer.IsOk && TransactionProof.FromProve(answer.Data) is { } proof) return new LoadOutcome.Loaded(Convert.ToHexString(proof.Tac));
        if (answer.Sw != StatusWord.NoProof) throw new CardRefusedException("GET TRANSACTION PROVE", answer.Sw);
        // The proof is of the last transaction alone: the card's load sequence says whether this one was used up. INIT changes nothing.
        var records = purse.Records();
        if (records.Any(record => record.Type == PurseCommands.LoadType && record.CardSeq == intent.CardSeq)) return new LoadOutcome.Loaded(null);
        var next = LoadInit.TryParse(channel.Ask("INITIALIZE FOR LOAD", PurseCommands.InitForLoad(1, terminalNo)));
        return next is null ? new LoadOutcome.Unknown("the card gives no load sequence")
            : next.CardSeq == intent.CardSeq ? new LoadOutcome.NotLoaded("9406 and the sequence is still to be used")
            : new LoadOutcome.Unknown("the sequence was used and the record is gone");
    }
}
