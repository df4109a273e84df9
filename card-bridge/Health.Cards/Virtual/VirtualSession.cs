using System.Security.Cryptography;

namespace Health.Cards;

/// <summary>What a chip knows from reset to reset: selection, challenge, rights; and the dispatch of commands (profile §1.2, §4.4).</summary>
internal sealed class VirtualSession(CardImage image, RandomNumberGenerator random, SecureMessagingForm form)
{
    private readonly VirtualPurse purse = new(image.Purse, random);
    private readonly HashSet<string> rights = [];
    private ushort df = CardFiles.Mf;
    private CardFile? file;
    private byte[]? challenge;
    private byte[] waiting = [];
    private bool changed;

    public bool SelectAnswersMore { get; set; }

    /// <summary>Power fails while UPDATE BINARY writes: so many bytes of the command's data reach the memory.</summary>
    public int? WriteOnly { get; set; }

    public bool TakeChanged()
    {
        var was = purse.TakeChanged() | changed;
        changed = false;
        return was;
    }

    public ResponseApdu Execute(CommandApdu command)
    {
        // A challenge and an INIT hold for the very next command only.
        var fresh = challenge;
        challenge = null;
        var armed = purse.Disarm();
        return (command.Cla, command.Ins) switch
        {
            (0x00, 0xA4) => Select(command),
            (0x00, 0xC0) => GetResponse(command),
            (0x00, 0x84) => GetChallenge(command),
            (0x00, 0x82) => ExternalAuthenticate(command, fresh),
            (0x00, 0x88) => InternalAuthenticate(command),
            (0x00, 0xB2) when df == CardFiles.PurseAdf => purse.ReadRecord(command),
            (0x00, 0xB0) when df == CardFiles.PurseAdf => purse.ReadBinary(command),
            (0x00, 0xB2) => ReadRecord(command),
            (0x00, 0xB0) => ReadBinary(command),
            (0x04, 0xDC) => UpdateRecord(command, fresh),
            (0x84, 0xD2) or (0x84, 0x0C) => UpdateIndex(command, fresh),
            (0x00, 0xDC) or (0x00, 0xD2) or (0x00, 0x0C) => ResponseApdu.Status(StatusWord.SecureMessagingDataMissing),
            (0x00, 0xD6) => UpdateBinary(command),
            (0x80, _) when df == CardFiles.PurseAdf => purse.Execute(command, armed),
            (0x00 or 0x04 or 0x80 or 0x84, _) => ResponseApdu.Status(StatusWord.InstructionNotSupported),
            _ => ResponseApdu.Status(StatusWord.ClassNotSupported),
        };
    }

    private ResponseApdu Select(CommandApdu command)
    {
        if (command.P1 != 0 || command.P2 != 0) return ResponseApdu.Status(StatusWord.WrongParameters);
        if (command.Data.Length != 2) return ResponseApdu.Status(StatusWord.WrongLength);
        var fid = (ushort)(command.Data[0] << 8 | command.Data[1]);
        if (fid is CardFiles.Mf or CardFiles.Ddf1 or CardFiles.PurseAdf || (fid is CardFiles.Df01 or CardFiles.Df02 or CardFiles.Df03 && df is not (CardFiles.Mf or CardFiles.PurseAdf)))
        {
            if (fid != df) rights.Clear();
            (df, file) = (fid, null);
            if (fid == CardFiles.PurseAdf && image.Purse.Locked) return ResponseApdu.Status(StatusWord.ApplicationLocked);
            if (fid != CardFiles.Ddf1 || !SelectAnswersMore) return ResponseApdu.Success();
            waiting = [0x6F, 0x04, 0x84, 0x02, 0xDD, 0xF1];
            return ResponseApdu.Status((ushort)(0x6100 | waiting.Length));
        }
        if (CardFiles.Find(df, fid) is not { } found) return ResponseApdu.Status(StatusWord.FileNotFound);
        file = found;
        return ResponseApdu.Success();
    }

    private ResponseApdu GetResponse(CommandApdu command)
    {
        if (waiting.Length == 0) return ResponseApdu.Status(StatusWord.ConditionsNotSatisfied);
        if (command.Le != waiting.Length) return ResponseApdu.Status((ushort)(0x6C00 | waiting.Length));
        var data = waiting;
        waiting = [];
        return ResponseApdu.Success(data);
    }

    private ResponseApdu GetChallenge(CommandApdu command)
    {
        if (command.Le != 8) return ResponseApdu.Status(StatusWord.WrongLength);
        challenge = new byte[8];
        random.GetBytes(challenge);
        return ResponseApdu.Success([.. challenge]);
    }

    private ResponseApdu ExternalAuthenticate(CommandApdu command, byte[]? fresh)
    {
        if (command.Data.Length != 0x11) return ResponseApdu.Status(StatusWord.WrongLength);
        if (CardKeys.External(df, command.P2) is not { } key) return ResponseApdu.Status(StatusWord.KeyNotFound);
        var state = image.Keys[key.Name];
        if (state.TriesLeft == 0) return ResponseApdu.Status(StatusWord.KeyLocked);
        if (fresh is null) return ResponseApdu.Status(StatusWord.ChallengeMissing);
        var expected = CardCrypto.AuthenticationValue(SessionOf(key, fresh), command.Data.AsSpan(8, 8));
        var right = CardCrypto.Same(expected, command.Data.AsSpan(0, 8));
        var left = right ? CardKeyState.MaxTries : state.TriesLeft - 1;
        changed |= left != state.TriesLeft;
        state.TriesLeft = left;
        if (!right) return ResponseApdu.Status((ushort)(0x63C0 | left));
        rights.Add(key.Name);
        return ResponseApdu.Success();
    }

    private ResponseApdu InternalAuthenticate(CommandApdu command)
    {
        if (command.Data.Length != 0x11) return ResponseApdu.Status(StatusWord.WrongLength);
        if (df != CardFiles.Ddf1) return ResponseApdu.Status(StatusWord.KeyNotFound);
        return ResponseApdu.Success(CardCrypto.AuthenticationValue(SessionOf(CardKeys.IrkDdf1, command.Data.AsSpan(0, 8)), command.Data.AsSpan(8, 8)));
    }

    private ResponseApdu ReadRecord(CommandApdu command)
    {
        if (Refused(file) is { } refusal) return refusal;
        if (file!.Kind == FileKind.Binary) return ResponseApdu.Status(StatusWord.ConditionsNotSatisfied);
        if (command.P2 is not (0 or 4)) return ResponseApdu.Status(StatusWord.WrongParameters);
        var number = command.P2 == 4 || file.Kind != FileKind.Record ? command.P1 : NumberOf(file, command.P1);
        var record = RecordAt(file, number);
        return record is null ? ResponseApdu.Status(StatusWord.RecordNotFound) : Answer(record, command.Le);
    }

    private ResponseApdu ReadBinary(CommandApdu command)
    {
        if (Refused(file) is { } refusal) return refusal;
        if (file!.Kind != FileKind.Binary) return ResponseApdu.Status(StatusWord.ConditionsNotSatisfied);
        var content = Convert.FromHexString(image.Files[file.Path][0]);
        var offset = command.P1 << 8 | command.P2;
        if (offset >= content.Length) return ResponseApdu.Status(StatusWord.WrongOffset);
        return ResponseApdu.Success(content[offset..Math.Min(offset + (command.Le ?? 256), content.Length)]);
    }

    private ResponseApdu UpdateRecord(CommandApdu command, byte[]? fresh)
    {
        if (file is not { UpdateKey: { } key, Kind: FileKind.Record or FileKind.Cyclic }) return ResponseApdu.Status(file is null ? StatusWord.NoFileSelected : StatusWord.SecurityNotSatisfied);
        if (fresh is null) return ResponseApdu.Status(StatusWord.ChallengeMissing);
        if (SecureMessaging.Open(SessionOf(key, fresh), command, form) is not { } data) return ResponseApdu.Status(StatusWord.SecureMessagingDataWrong);
        var records = image.Files[file.Path];
        if (file.Kind == FileKind.Cyclic)
        {
            if (data.Length != file.RecordLength) return ResponseApdu.Status(StatusWord.WrongLength);
            records.Insert(0, Convert.ToHexString(data));
            if (records.Count > file.Records) records.RemoveAt(file.Records);
        }
        else
        {
            var number = command.P1;
            if (number < 1 || number > file.Items.Count) return ResponseApdu.Status(StatusWord.RecordNotFound);
            var item = file.Items[number - 1];
            if (Tlv.TryParse(data) is not { } tlv || tlv.Tag != item.Number || tlv.Value.Length != item.Length) return ResponseApdu.Status(StatusWord.WrongData);
            records[number - 1] = Convert.ToHexString(data);
        }
        changed = true;
        return ResponseApdu.Success();
    }

    private ResponseApdu UpdateIndex(CommandApdu command, byte[]? fresh)
    {
        if (file is not { Kind: FileKind.Index, UpdateKey: { } write, EraseKey: { } erase }) return ResponseApdu.Status(StatusWord.ConditionsNotSatisfied);
        if (fresh is null) return ResponseApdu.Status(StatusWord.ChallengeMissing);
        if (!SecureMessaging.MacHolds(SessionOf(command.Ins == 0xD2 ? write : erase, fresh), command, form)) return ResponseApdu.Status(StatusWord.SecureMessagingDataWrong);
        if (command.P1 < 1 || command.P1 > file.Records) return ResponseApdu.Status(StatusWord.RecordNotFound);
        var slots = Convert.FromHexString(image.Files[file.Path][0]);
        slots[command.P1 - 1] = command.Ins == 0xD2 ? (byte)0x00 : (byte)0xFF;
        image.Files[file.Path][0] = Convert.ToHexString(slots);
        changed = true;
        return ResponseApdu.Success();
    }

    private ResponseApdu UpdateBinary(CommandApdu command)
    {
        if (file is not { Kind: FileKind.Binary, UpdateKey: { } key }) return ResponseApdu.Status(file is null ? StatusWord.NoFileSelected : StatusWord.ConditionsNotSatisfied);
        if (!rights.Contains(key.Name)) return ResponseApdu.Status(StatusWord.SecurityNotSatisfied);
        var offset = command.P1 << 8 | command.P2;
        if (offset + command.Data.Length > file.Size) return ResponseApdu.Status(StatusWord.WrongOffset);
        var content = Convert.FromHexString(image.Files[file.Path][0]);
        command.Data.AsSpan(..Math.Min(WriteOnly ?? command.Data.Length, command.Data.Length)).CopyTo(content.AsSpan(offset));
        image.Files[file.Path][0] = Convert.ToHexString(content);
        changed = true;
        return ResponseApdu.Success();
    }

    private ResponseApdu? Refused(CardFile? selected) => selected switch
    {
        null => ResponseApdu.Status(StatusWord.NoFileSelected),
        { ReadKey: { } key } when !rights.Contains(key.Name) => ResponseApdu.Status(StatusWord.SecurityNotSatisfied),
        _ => null,
    };

    private byte[]? RecordAt(CardFile selected, int number)
    {
        var entries = image.Files[selected.Path];
        if (selected.Kind != FileKind.Index) return number >= 1 && number <= entries.Count ? Convert.FromHexString(entries[number - 1]) : null;
        return number >= 1 && number <= selected.Records ? [Convert.FromHexString(entries[0])[number - 1]] : null;
    }

    private byte[] SessionOf(CardKey key, ReadOnlySpan<byte> random8) => CardCrypto.SessionKey(Convert.FromHexString(image.Keys[key.Name].Value), random8);

    private static int NumberOf(CardFile selected, byte tag) => selected.Items.Select((item, index) => item.Number == tag ? index + 1 : 0).Max();

    internal static ResponseApdu Answer(byte[] data, int? le) =>
        le is null or 256 || le == data.Length ? ResponseApdu.Success(data) : ResponseApdu.Status((ushort)(0x6C00 | data.Length));
}
