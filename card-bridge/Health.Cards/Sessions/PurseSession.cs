using System.Globalization;

namespace Health.Cards;

/// <summary>
/// A purchase as it will be asked of the card, complete before DEBIT is sent: journal and platform hold it first. Card chip, card sequence,
/// terminal and terminal sequence are its natural key. <paramref name="Challenge"/> (4 bytes, hexadecimal) lets MAC2 be verified after a restart;
/// empty, with an empty purse number, when the intent is known from the platform alone: then the card's record decides.
/// </summary>
public sealed record PurseIntent(
    string ChipSerial, string PurseNo, string CityCode, long AmountFen, long BalanceFen, ushort CardSeq, string TerminalNo, uint TermSeq, string LocalTime, string Challenge)
{
    public DateTime Local => DateTime.ParseExact(LocalTime, "yyyyMMddHHmmss", CultureInfo.InvariantCulture);
}

/// <summary>How a DEBIT ended, as far as can be known now.</summary>
public abstract record DebitOutcome
{
    private DebitOutcome() { }

    /// <summary>The card debited and proved it by MAC2. TAC and MAC2 in hexadecimal.</summary>
    public sealed record Debited(string Tac, string Mac2) : DebitOutcome;

    /// <summary>The card said no; nothing was debited.</summary>
    public sealed record Refused(ushort Sw) : DebitOutcome;

    /// <summary>No answer, a cut answer, or an answer that proves nothing: only <see cref="PurseSession.Prove"/> or the operator decides.</summary>
    public sealed record Unknown(string Reason) : DebitOutcome;
}

/// <summary>What the card says afterwards about a debit of unknown outcome.</summary>
public abstract record ProofOutcome
{
    private ProofOutcome() { }

    /// <summary>Committed. TAC and MAC2 are null when the card's record told it and the proof itself was overwritten by a later transaction.</summary>
    public sealed record Charged(string? Tac, string? Mac2) : ProofOutcome;

    public sealed record NotCharged(string Reason) : ProofOutcome;

    /// <summary>The card no longer knows (more than ten transactions later, or another card): the operator's file decides.</summary>
    public sealed record Undecided(string Reason) : ProofOutcome;
}

/// <summary>The dialogue with the purse ADF. The health application's rights are gone after <see cref="Open"/>.</summary>
public sealed class PurseSession(CardChannel channel, ISam purseSam, string chipSerial, string cityCode)
{
    private const byte Sm4Algorithm = 0x04;
    private PurseApplicationData? application;

    /// <summary>Number of the purse; null before <see cref="Open"/>.</summary>
    public string? PurseNo => application?.PurseNo;

    /// <summary>SELECT, application data, balance: three APDUs.</summary>
    public (string PurseNo, long BalanceFen) Open()
    {
        channel.Select("purse", CardFiles.PurseAdf);
        application = PurseApplicationData.TryParse(channel.Ask("READ BINARY 0015", PurseCommands.ReadApplicationData()))
            ?? throw new CardNotGenuineException("File 0015 is malformed.");
        return (application.PurseNo, Balance());
    }

    public long Balance()
    {
        var data = channel.Ask("GET BALANCE", PurseCommands.GetBalance());
        return data.Length == 4 ? System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(data) : throw new CardNotGenuineException("The balance is malformed.");
    }

    /// <summary>
    /// INIT FOR PURCHASE: changes nothing on the card, takes a new terminal sequence (durable) and gives the intent to be stored before
    /// <see cref="Debit"/>. Throws <see cref="CardRefusedException"/>, e.g. with 9401 when the balance is too low.
    /// </summary>
    public PurseIntent Initialise(long amountFen, DateTime local)
    {
        var number = application?.PurseNo ?? throw new InvalidOperationException("Open the purse first.");
        var init = PurchaseInit.TryParse(channel.Ask("INITIALIZE FOR PURCHASE", PurseCommands.InitForPurchase(amountFen, purseSam.TerminalNo)))
            ?? throw new CardNotGenuineException("The answer of INITIALIZE FOR PURCHASE is malformed.");
        if (init.Algorithm != Sm4Algorithm) throw new CardNotGenuineException($"Purse algorithm {init.Algorithm:X2} is not supported by this SAM.");
        return new PurseIntent(
            chipSerial, number, cityCode, amountFen, init.BalanceFen, init.CardSeq, purseSam.TerminalNo, purseSam.NextTermSeq(),
            local.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture), Convert.ToHexString(init.Challenge));
    }

    /// <summary>DEBIT, once, directly after <see cref="Initialise"/>. Never repeated here whatever comes back.</summary>
    public DebitOutcome Debit(PurseIntent intent)
    {
        DeriveFor(intent);
        var mac1 = purseSam.Mac(PurseMacs.Mac1Data(intent.AmountFen, intent.TerminalNo, intent.Local))[..4];
        ResponseApdu? answer;
        try
        {
            answer = channel.Once(PurseCommands.Debit(intent.TermSeq, intent.Local, mac1));
        }
        catch (CardLostException lost)
        {
            return new DebitOutcome.Unknown(lost.Message);
        }
        if (answer is null) return new DebitOutcome.Unknown("no status word");
        if (!answer.IsOk) return ConfirmRefusal(intent, answer.Sw);
        if (TransactionProof.FromDebit(answer.Data) is not { } proof) return new DebitOutcome.Unknown($"{answer.Data.Length} bytes of proof");
        return Mac2Holds(intent, proof)
            ? new DebitOutcome.Debited(Convert.ToHexString(proof.Tac), Convert.ToHexString(proof.Mac2))
            : new DebitOutcome.Unknown("MAC2 does not verify");
    }

    /// <summary>
    /// Decides an undecided debit when the card is back. GET TRANSACTION PROVE answers for the last transaction alone, so 9406 is
    /// "not committed" only if the card's records show no later purchase: then its own record decides.
    /// </summary>
    public ProofOutcome Prove(PurseIntent intent)
    {
        if (application is null) Open();
        if (chipSerial != intent.ChipSerial || (intent.PurseNo.Length > 0 && application!.PurseNo != intent.PurseNo)) return new ProofOutcome.Undecided("another card");
        var answer = channel.Once(PurseCommands.GetTransactionProve(PurseCommands.PurchaseType, intent.CardSeq))
            ?? throw new CardRefusedException("GET TRANSACTION PROVE", null);
        if (!answer.IsOk && answer.Sw != StatusWord.NoProof) throw new CardRefusedException("GET TRANSACTION PROVE", answer.Sw);
        if (!answer.IsOk || TransactionProof.FromProve(answer.Data) is not { } proof) return FromRecords(intent, otherHoldsSequence: answer.IsOk);
        var charged = new ProofOutcome.Charged(Convert.ToHexString(proof.Tac), Convert.ToHexString(proof.Mac2));
        // Without its challenge MAC2 cannot be verified here: the record says whose transaction it is, and the TAC goes to the operator.
        if (intent.Challenge.Length == 0) return FromRecords(intent, otherHoldsSequence: false) is var recorded and not ProofOutcome.Charged ? recorded : charged;
        return Mac2Holds(intent, proof) ? charged : FromRecords(intent, otherHoldsSequence: true);
    }

    private ProofOutcome FromRecords(PurseIntent intent, bool otherHoldsSequence)
    {
        var records = Records();
        var purchases = records.Where(record => record.Type == PurseCommands.PurchaseType).ToList();
        if (purchases.Find(record => record.CardSeq == intent.CardSeq) is { } mine)
        {
            var same = mine.TerminalNo == intent.TerminalNo && mine.AmountFen == intent.AmountFen && mine.DateTime == intent.LocalTime;
            if (same && otherHoldsSequence) return new ProofOutcome.Undecided("the card's record agrees and its MAC2 does not");
            return same ? new ProofOutcome.Charged(null, null) : new ProofOutcome.NotCharged("the sequence was used by another purchase");
        }
        if (otherHoldsSequence) return new ProofOutcome.Undecided("MAC2 does not verify and there is no record");
        // Every purchase leaves a record: if one with a higher sequence is there and ours is not, ours was pushed out or never was.
        var pushedOut = purchases.Count == 0 ? records.Count >= PurseRecord.Kept : purchases[0].CardSeq > intent.CardSeq;
        return pushedOut ? new ProofOutcome.Undecided("later transactions pushed the record out") : new ProofOutcome.NotCharged("9406 and no record");
    }

    // A cut answer may look like a status word: "nothing was debited" is believed only when the card also proves it.
    private DebitOutcome ConfirmRefusal(PurseIntent intent, ushort sw)
    {
        try
        {
            return Prove(intent) switch
            {
                ProofOutcome.NotCharged => new DebitOutcome.Refused(sw),
                ProofOutcome.Charged { Tac: { } tac, Mac2: { } mac2 } => new DebitOutcome.Debited(tac, mac2),
                _ => new DebitOutcome.Unknown($"status word {sw:X4}"),
            };
        }
        catch (Exception failure) when (failure is CardLostException or CardRefusedException)
        {
            return new DebitOutcome.Unknown($"status word {sw:X4}, then {failure.Message}");
        }
    }

    internal List<PurseRecord> Records()
    {
        List<PurseRecord> found = [];
        for (byte number = 1; number <= PurseRecord.Kept; number++)
        {
            var answer = channel.Once(PurseCommands.ReadRecord(number)) ?? throw new CardRefusedException("READ RECORD 0018", null);
            if (answer.Sw == StatusWord.RecordNotFound) break;
            if (!answer.IsOk) throw new CardRefusedException("READ RECORD 0018", answer.Sw);
            found.Add(PurseRecord.TryParse(answer.Data) ?? throw new CardNotGenuineException("A record of file 0018 is malformed."));
        }
        return found;
    }

    private bool Mac2Holds(PurseIntent intent, TransactionProof proof)
    {
        DeriveFor(intent);
        return CardCrypto.Same(purseSam.Mac(PurseMacs.Mac2Data(intent.AmountFen)).AsSpan(0, 4), proof.Mac2);
    }

    private void DeriveFor(PurseIntent intent) => purseSam.Derive(
        SamKey.Of(PurseKey.Purchase), CardCrypto.CityFactor(intent.CityCode), PurseMacs.PurseFactor(intent.PurseNo),
        PurseMacs.PurchaseFactor(Convert.FromHexString(intent.Challenge), intent.CardSeq, intent.TermSeq));
}
