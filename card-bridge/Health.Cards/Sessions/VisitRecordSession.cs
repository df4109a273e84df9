namespace Health.Cards;

/// <summary>An outpatient record as read. <paramref name="SignatureHolds"/>: under the key in the record's own certificate, whose chain is not checked here.</summary>
public sealed record StoredVisit(int Slot, byte[] Content, bool SignatureHolds);

/// <summary>
/// Visit records on the chip (DF03, profile §4.6). Writing: choose a slot (the first that is free, else the oldest), erase its index, write content, signature and certificate in blocks, and only
/// then set the index. A card pulled anywhere in between has lost at most the record that was to be overwritten; a record whose index is set is whole.
/// </summary>
public sealed class VisitRecordSession(HealthCardSession session, ISigningSam sam)
{
    private const int Block = 128;
    private const int Slots = 5;
    private static readonly int WholeSize = VisitLayout.OutpatientSize + VisitLayout.SignatureSize + VisitLayout.CertificateSize;

    private CardChannel Channel => session.Channel;

    /// <summary>The valid records, by slot. The card must have been identified.</summary>
    public IReadOnlyList<StoredVisit> Read() => [.. Stored().Select(record => new StoredVisit(record.Slot, record.Whole[..VisitLayout.OutpatientSize], Holds(record.Whole)))];

    private List<(int Slot, byte[] Whole)> Stored()
    {
        Enter();
        List<(int, byte[])> records = [];
        foreach (var slot in Valid())
        {
            Channel.Select($"ED0{slot}", FidOf(slot));
            records.Add((slot, Bytes(0, WholeSize)));
        }
        return records;
    }

    private static bool Holds(byte[] whole) =>
        Sm2PublicKey.TryParse(whole.AsSpan(VisitLayout.OutpatientSize + VisitLayout.SignatureSize, Sm2.PublicKeySize)) is { } key
        && key.Verify(whole.AsSpan(0, VisitLayout.OutpatientSize), whole.AsSpan(VisitLayout.OutpatientSize, VisitLayout.SignatureSize));

    /// <summary>Writes a record and gives its slot, 1 to 5. Safe to repeat after a card was pulled: a record that is there already is found and not written twice.</summary>
    public int Write(byte[] content)
    {
        if (content.Length != VisitLayout.OutpatientSize) throw new ArgumentException($"An outpatient record has {VisitLayout.OutpatientSize} bytes.", nameof(content));
        // Content first: a signature takes longer to check than a record to compare.
        foreach (var (there, record) in Stored())
            if (record.AsSpan(0, content.Length).SequenceEqual(content) && Holds(record)) return there;
        var valid = Valid();
        var slot = Enumerable.Range(1, Slots).Except(valid).Cast<int?>().FirstOrDefault() ?? Oldest();
        SelectIndex();
        session.Protected("ERASE INDEX", CardKeys.Uk2Df03, 0x84, 0x0C, (byte)slot, null);
        session.ExternalAuthenticate(CardKeys.Uk1Df03);
        Channel.Select($"ED0{slot}", FidOf(slot));
        byte[] whole = [.. content, .. sam.Sign(content), .. sam.Certificate.Span];
        for (var at = 0; at < whole.Length; at += Block)
            Channel.Ask($"UPDATE BINARY ED0{slot}", new CommandApdu(0x00, 0xD6, (byte)(at >> 8), (byte)at, whole[at..Math.Min(at + Block, whole.Length)]));
        SelectIndex();
        session.Protected("WRITE INDEX", CardKeys.Uk1Df03, 0x84, 0xD2, (byte)slot, null);
        return slot;
    }

    private void Enter()
    {
        Channel.Select("DDF1", CardFiles.Ddf1);
        Channel.Select("DF03", CardFiles.Df03);
        session.ExternalAuthenticate(CardKeys.Rk1Df03);
    }

    private void SelectIndex() => Channel.Select("EF06", CardFiles.OutpatientIndex.Fid);

    private List<int> Valid()
    {
        SelectIndex();
        List<int> valid = [];
        for (var slot = 1; slot <= Slots; slot++)
            if (Channel.Ask("READ INDEX", new CommandApdu(0x00, 0xB2, (byte)slot, 0x04, 1)) is [0x00]) valid.Add(slot);
        return valid;
    }

    private int Oldest()
    {
        var (oldest, time) = (1, "");
        for (var slot = 1; slot <= Slots; slot++)
        {
            Channel.Select($"ED0{slot}", FidOf(slot));
            // Digits compare as text; a time that is none is older than every other.
            var at = Bcd.Unpack(Bytes(VisitLayout.OutpatientTime.Offset, VisitLayout.OutpatientTime.Item.Length)) ?? "";
            if (slot == 1 || string.CompareOrdinal(at, time) < 0) (oldest, time) = (slot, at);
        }
        return oldest;
    }

    private byte[] Bytes(int offset, int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var wanted = Math.Min(Block, count - at);
            var read = Channel.Ask("READ BINARY", new CommandApdu(0x00, 0xB0, (byte)((offset + at) >> 8), (byte)(offset + at), wanted));
            if (read.Length != wanted) throw new CardNotGenuineException($"READ BINARY gave {read.Length} bytes for {wanted}.");
            read.CopyTo(bytes, at);
            at += wanted;
        }
        return bytes;
    }

    private static ushort FidOf(int slot) => (ushort)(0xED00 + slot);
}
