using System.Globalization;
using System.Security.Cryptography;

namespace Health.Cards;

/// <summary>The purse application of the virtual chip. A debit or a credit changes balance, sequence, record and proof in one step.</summary>
internal sealed class VirtualPurse(PurseImage purse, RandomNumberGenerator random)
{
    // The algorithm byte of SM4 purses; 3DES purses answer another.
    private const byte KeyVersion = 0x01, Sm4Algorithm = 0x04;

    private Armed? armed;
    private bool changed;

    /// <summary>What an INIT prepared.</summary>
    internal sealed record Armed(byte Type, long Fen, string TerminalNo, byte[] Challenge);

    public Armed? Disarm()
    {
        var prepared = armed;
        armed = null;
        return prepared;
    }

    public bool TakeChanged()
    {
        var was = changed;
        changed = false;
        return was;
    }

    public ResponseApdu Execute(CommandApdu command, Armed? prepared) => purse.Locked ? ResponseApdu.Status(StatusWord.ApplicationLocked) : (command.Ins, command.P1, command.P2) switch
    {
        (PurseCommands.BalanceInstruction, 0x00, 0x02) => VirtualSession.Answer(PurseCommands.Amount(purse.BalanceFen), command.Le),
        (PurseCommands.InitInstruction, 0x01, 0x02) => Initialise(command, PurseCommands.PurchaseType),
        (PurseCommands.InitInstruction, 0x00, 0x02) => Initialise(command, PurseCommands.LoadType),
        (PurseCommands.DebitInstruction, 0x01, 0x00) => Debit(command, prepared),
        (PurseCommands.LoadInstruction, 0x00, 0x00) => Credit(command, prepared),
        (PurseCommands.ProveInstruction, 0x00, _) => Prove(command),
        (PurseCommands.BalanceInstruction or PurseCommands.InitInstruction or PurseCommands.DebitInstruction or PurseCommands.LoadInstruction or PurseCommands.ProveInstruction, _, _)
            => ResponseApdu.Status(StatusWord.WrongParameters),
        _ => ResponseApdu.Status(StatusWord.InstructionNotSupported),
    };

    public ResponseApdu ReadBinary(CommandApdu command) => (command.P1, command.P2) switch
    {
        (0x80 | CardFiles.PurseApplicationSfi, 0) => VirtualSession.Answer(Convert.FromHexString(purse.ApplicationData), command.Le),
        _ => ResponseApdu.Status(StatusWord.FileNotFound),
    };

    public ResponseApdu ReadRecord(CommandApdu command)
    {
        if (command.P2 != (CardFiles.PurseRecordsSfi << 3 | 4)) return ResponseApdu.Status(StatusWord.FileNotFound);
        if (command.P1 < 1 || command.P1 > purse.Records.Count) return ResponseApdu.Status(StatusWord.RecordNotFound);
        return VirtualSession.Answer(Convert.FromHexString(purse.Records[command.P1 - 1]), command.Le);
    }

    private ResponseApdu Initialise(CommandApdu command, byte type)
    {
        if (command.Data.Length != 0x0B) return ResponseApdu.Status(StatusWord.WrongLength);
        if (command.Data[0] != PurseCommands.KeyIndex) return ResponseApdu.Status(StatusWord.KeyNotFound);
        if (Bcd.Unpack(command.Data.AsSpan(5, 6)) is not { Length: 12 } terminal) return ResponseApdu.Status(StatusWord.WrongData);
        var fen = (long)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(command.Data.AsSpan(1));
        if (type == PurseCommands.PurchaseType && fen > purse.BalanceFen) return ResponseApdu.Status(StatusWord.BalanceTooLow);
        if (type == PurseCommands.LoadType && purse.BalanceFen + fen > purse.MaxBalanceFen) return ResponseApdu.Status(StatusWord.ConditionsNotSatisfied);
        if ((type == PurseCommands.PurchaseType ? purse.PurchaseSeq : purse.LoadSeq) == ushort.MaxValue) return ResponseApdu.Status(StatusWord.CounterExhausted);
        var challenge = new byte[4];
        random.GetBytes(challenge);
        armed = new Armed(type, fen, terminal, challenge);
        if (type == PurseCommands.PurchaseType)
            return ResponseApdu.Success(new PurchaseInit(purse.BalanceFen, purse.PurchaseSeq, 0, KeyVersion, Sm4Algorithm, challenge).ToBytes());
        var mac1 = Sm4.Mac4(LoadSession(challenge), PurseMacs.LoadMac1Data(purse.BalanceFen, fen, terminal));
        return ResponseApdu.Success(new LoadInit(purse.BalanceFen, purse.LoadSeq, KeyVersion, Sm4Algorithm, challenge, mac1).ToBytes());
    }

    private ResponseApdu Debit(CommandApdu command, Armed? prepared)
    {
        if (prepared is not { Type: PurseCommands.PurchaseType } init) return ResponseApdu.Status(StatusWord.ConditionsNotSatisfied);
        if (command.Data.Length != 0x0F) return ResponseApdu.Status(StatusWord.WrongLength);
        if (LocalTime(command.Data.AsSpan(4, 7)) is not { } at) return ResponseApdu.Status(StatusWord.WrongData);
        var termSeq = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(command.Data);
        var session = CardCrypto.Diversify(Key(purse.PurchaseKey), PurseMacs.PurchaseFactor(init.Challenge, purse.PurchaseSeq, termSeq));
        if (!CardCrypto.Same(Sm4.Mac4(session, PurseMacs.Mac1Data(init.Fen, init.TerminalNo, at)), command.Data.AsSpan(11))) return ResponseApdu.Status(StatusWord.MacInvalid);
        var tac = Sm4.Mac4(Key(purse.TacKey), PurseMacs.TacData(init.Fen, init.TerminalNo, termSeq, at));
        var mac2 = Sm4.Mac4(session, PurseMacs.Mac2Data(init.Fen));
        Commit(init, purse.PurchaseSeq, -init.Fen, at, mac2, tac);
        purse.PurchaseSeq++;
        return ResponseApdu.Success([.. tac, .. mac2]);
    }

    private ResponseApdu Credit(CommandApdu command, Armed? prepared)
    {
        if (prepared is not { Type: PurseCommands.LoadType } init) return ResponseApdu.Status(StatusWord.ConditionsNotSatisfied);
        if (command.Data.Length != 0x0B) return ResponseApdu.Status(StatusWord.WrongLength);
        if (LocalTime(command.Data.AsSpan(0, 7)) is not { } at) return ResponseApdu.Status(StatusWord.WrongData);
        var mac2 = Sm4.Mac4(LoadSession(init.Challenge), PurseMacs.LoadMac2Data(init.Fen, init.TerminalNo, at));
        if (!CardCrypto.Same(mac2, command.Data.AsSpan(7))) return ResponseApdu.Status(StatusWord.MacInvalid);
        var tac = Sm4.Mac4(Key(purse.TacKey), PurseMacs.LoadTacData(purse.BalanceFen + init.Fen, purse.LoadSeq, init.Fen, init.TerminalNo, at));
        Commit(init, purse.LoadSeq, init.Fen, at, mac2, tac);
        purse.LoadSeq++;
        return ResponseApdu.Success(tac);
    }

    private void Commit(Armed init, ushort cardSeq, long change, DateTime at, byte[] mac2, byte[] tac)
    {
        purse.BalanceFen += change;
        var record = new PurseRecord(cardSeq, init.Fen, init.Type, init.TerminalNo, at.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture));
        purse.Records.Insert(0, Convert.ToHexString(record.ToBytes()));
        if (purse.Records.Count > PurseRecord.Kept) purse.Records.RemoveAt(PurseRecord.Kept);
        purse.Last = new LastTransaction(init.Type, cardSeq, Convert.ToHexString(mac2), Convert.ToHexString(tac));
        changed = true;
    }

    private ResponseApdu Prove(CommandApdu command)
    {
        if (command.Data.Length != 2) return ResponseApdu.Status(StatusWord.WrongLength);
        var seq = (ushort)(command.Data[0] << 8 | command.Data[1]);
        return purse.Last is { } last && last.Type == command.P2 && last.CardSeq == seq
            ? ResponseApdu.Success([.. Convert.FromHexString(last.Mac2), .. Convert.FromHexString(last.Tac)])
            : ResponseApdu.Status(StatusWord.NoProof);
    }

    private byte[] LoadSession(byte[] challenge) => CardCrypto.Diversify(Key(purse.LoadKey), PurseMacs.LoadFactor(challenge, purse.LoadSeq));

    private static byte[] Key(string hex) => Convert.FromHexString(hex);

    private static DateTime? LocalTime(ReadOnlySpan<byte> bcd) =>
        DateTime.TryParseExact(Bcd.Unpack(bcd), "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? at : null;
}
