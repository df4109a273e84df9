using System.Collections.Concurrent;
using System.Security.Cryptography;
using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class Visit_records_on_the_chip
{
    [Fact]
    public void have_the_170_items_of_the_table_in_3013_bytes()
    {
        Assert.Equal(170, VisitLayout.Outpatient.Count);
        Assert.Equal(VisitLayout.OutpatientSize, VisitLayout.Outpatient[^1].Offset + VisitLayout.Outpatient[^1].Item.Length);
        Assert.Equal(80, VisitLayout.OutpatientTime.Offset);
        var values = VisitLayout.Outpatient.ToDictionary(field => field.Name, field => field.Item.Type == ItemType.Cn ? new string('7', field.Item.Length * 2) : "值");
        values.Remove("机构代码");
        values["症状码1"] = "K01";
        Assert.Equal(values.OrderBy(value => value.Key), VisitLayout.Decode(VisitLayout.Encode(values)).OrderBy(value => value.Key));
        Assert.Throws<ArgumentException>(() => VisitLayout.Encode(new Dictionary<string, string> { ["诊断名6"] = "x" }));
        Assert.Throws<ArgumentException>(() => VisitLayout.Encode(new Dictionary<string, string> { ["门诊号"] = new string('1', 19) }));
    }

    [Fact]
    public void are_written_signed_and_found_again_and_the_oldest_gives_way()
    {
        using var chip = new Chip();
        for (var day = 1; day <= 7; day++) Assert.Equal((day - 1) % 5 + 1, Visits(chip.Session(), chip.HealthSam).Write(Visit(day)));
        var read = Visits(chip.Session(), chip.HealthSam).Read();
        Assert.Equal(["20260706", "20260707", "20260703", "20260704", "20260705"], read.Select(visit => VisitLayout.Decode(visit.Content)["就诊日期时间"][..8]));
        Assert.All(read, visit => Assert.True(visit.SignatureHolds));
        // The same record again, after an answer that was lost: found, not written twice.
        Assert.Equal(2, Visits(chip.Session(), chip.HealthSam).Write(Visit(7)));
    }

    [Fact]
    public void altered_on_the_chip_show_it()
    {
        using var chip = new Chip();
        Visits(chip.Session(), chip.HealthSam).Write(Visit(1));
        var image = chip.Stored;
        var bytes = Convert.FromHexString(image.Files["DF03/ED01"][0]);
        bytes[200] ^= 1;
        image.Files["DF03/ED01"][0] = Convert.ToHexString(bytes);
        chip.Insert(image);
        Assert.False(Assert.Single(Visits(chip.Session(), chip.HealthSam).Read()).SignatureHolds);
    }

    [Fact]
    public void are_whole_or_not_there_wherever_the_card_is_pulled()
    {
        using var maker = new Chip();
        for (var day = 1; day <= 5; day++) Visits(maker.Session(), maker.HealthSam).Write(Visit(day));
        var before = maker.Stored;
        var (count, firstChange) = Commands(before, maker.HealthSam);
        Assert.InRange(count - firstChange, 30, 60);
        TearPoint[] points = [TearPoint.BeforeExecution, TearPoint.AfterExecution, TearPoint.DuringAnswer];
        // Every command from the first that changes something, and some of the reading before it.
        for (var command = 0; command < count; command += command < firstChange ? 40 : 1)
            foreach (var point in points) Check(before, maker.HealthSam, new TearPlan(point, Skip: command, AnswerBytes: 1), readAgain: command % 4 == 0);
    }

    [Fact]
    public void are_whole_or_not_there_wherever_the_chip_stops_writing()
    {
        using var maker = new Chip();
        for (var day = 1; day <= 5; day++) Visits(maker.Session(), maker.HealthSam).Write(Visit(day));
        var before = maker.Stored;
        // Every byte of a block with content and of the last, which ends signature and certificate; the edges of the others.
        for (var block = 0; block < 26; block++)
            foreach (var written in block is 0 or 25 ? Enumerable.Range(0, block == 0 ? 129 : 68) : [0, 1, 64, 127, 128])
                Check(before, maker.HealthSam, new TearPlan(TearPoint.DuringWrite, Instruction: 0xD6, Skip: block, AnswerBytes: written), readAgain: written == 64);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void and_updates_go_in_the_form_the_card_wants_and_in_no_other(bool profile)
    {
        var (form, other) = profile ? (SecureMessagingForm.Profile, SecureMessagingForm.WithoutLength) : (SecureMessagingForm.WithoutLength, SecureMessagingForm.Profile);
        using var chip = new Chip();
        var slot = new VirtualSlot();
        slot.Insert(new VirtualCard(chip.Stored, _ => { }, RandomNumberGenerator.Create(), form));
        HealthCardSession Session(SecureMessagingForm packing)
        {
            var session = new HealthCardSession(slot.Connect(), chip.HealthSam, RandomNumberGenerator.Create(), packing);
            session.Identify();
            session.Authenticate(CardKeys.Rk1Ddf1);
            session.Channel.Select("EF08", CardFiles.Validity.Fid);
            return session;
        }
        var right = Session(form);
        right.Update(CardFiles.Validity, 16, "13800000000");
        Assert.Equal("13800000000", right.Read(CardFiles.Validity, 16));
        // The MAC is the same in both: what is refused is the packing, as wrong security data or as a record that is none.
        Assert.Contains(Assert.Throws<CardRefusedException>(() => Session(other).Update(CardFiles.Validity, 16, "139")).Sw!.Value, new[] { StatusWord.SecureMessagingDataWrong, StatusWord.WrongData });
        Assert.Equal("13800000000", Session(form).Read(CardFiles.Validity, 16));
    }

    [Fact]
    public void take_the_time_a_chip_takes()
    {
        using var chip = new Chip();
        var clock = new StepClock();
        var slow = new VirtualCard(chip.Stored, _ => { }, RandomNumberGenerator.Create(), null, clock) { ApduDelay = TimeSpan.FromMilliseconds(15) };
        for (var i = 0; i < 13; i++) slow.Transmit([0x00, 0x84, 0x00, 0x00, 0x08]);
        Assert.Equal(Enumerable.Repeat(TimeSpan.FromMilliseconds(15), 13), clock.Asked);
    }

    // What must hold after any tear: a record whose index is set is one that was whole before, or the new one, whole; and the new one can be written afterwards.
    private static void Check(CardImage before, SoftSam sam, TearPlan plan, bool readAgain)
    {
        var image = before.Copy();
        var slot = new VirtualSlot();
        var card = new VirtualCard(image, _ => { }, RandomNumberGenerator.Create());
        slot.Insert(card);
        card.Tear = plan;
        HealthCardSession Fresh() => new(slot.Connect(), sam, RandomNumberGenerator.Create());
        var torn = Record.Exception(() => { Visits(Fresh(), sam).Write(Visit(6)); });
        Assert.True(torn is null or CardLostException or CardRefusedException or CardNotGenuineException, $"{plan}: {torn}");
        Assert.Null(card.Tear);
        var index = Convert.FromHexString(image.Files["DF03/EF06"][0]);
        for (var i = 0; i < 5; i++)
        {
            if (index[i] != 0) continue;
            var file = image.Files[$"DF03/ED0{i + 1}"][0];
            Assert.True(before.Files[$"DF03/ED0{i + 1}"][0] == file || IsWhole(Convert.FromHexString(file)), $"{plan}: slot {i + 1} is half written");
        }
        Assert.InRange(index.Count(state => state == 0), 4, 5);
        if (!readAgain) return;
        slot.Insert(new VirtualCard(image, _ => { }, RandomNumberGenerator.Create()));
        Visits(Fresh(), sam).Write(Visit(6));
        var read = Visits(Fresh(), sam).Read();
        Assert.All(read, visit => Assert.True(visit.SignatureHolds, $"{plan}"));
        Assert.Equal(Days(2, 6), read.Select(visit => VisitLayout.Decode(visit.Content)["就诊日期时间"][..8]).Order());
    }

    private static bool IsWhole(byte[] file) =>
        file.AsSpan(0, VisitLayout.OutpatientSize).SequenceEqual(Visit(6))
        && Sm2PublicKey.TryParse(file.AsSpan(VisitLayout.OutpatientSize + VisitLayout.SignatureSize, 65))!.Verify(file.AsSpan(0, VisitLayout.OutpatientSize), file.AsSpan(VisitLayout.OutpatientSize, VisitLayout.SignatureSize));

    // How many commands a write takes, and which is the first that changes the memory.
    private static (int Count, int FirstChange) Commands(CardImage before, SoftSam sam)
    {
        var slot = new VirtualSlot();
        HealthCardSession? session = null;
        int? first = null;
        slot.Insert(new VirtualCard(before.Copy(), _ => first ??= session!.Channel.Count - 1, RandomNumberGenerator.Create()));
        session = new HealthCardSession(slot.Connect(), sam, RandomNumberGenerator.Create());
        Visits(session, sam).Write(Visit(6));
        return (session.Channel.Count, first!.Value);
    }

    private static IEnumerable<string> Days(int from, int to) => Enumerable.Range(from, to - from + 1).Select(day => $"2026070{day}");

    private static VisitRecordSession Visits(HealthCardSession session, SoftSam sam)
    {
        session.Identify();
        return new VisitRecordSession(session, new SignsOnce(sam));
    }

    /// <summary>The module, which signs the same record once: hundreds of tears write the same one.</summary>
    private sealed class SignsOnce(SoftSam sam) : ISigningSam
    {
        private static readonly ConcurrentDictionary<string, byte[]> Signed = new();

        public string SerialNo => sam.SerialNo;
        public string TerminalNo => sam.TerminalNo;
        public ReadOnlyMemory<byte> Certificate => sam.Certificate;

        public void Derive(SamKey key, params ReadOnlySpan<byte[]> factors) => sam.Derive(key, factors);
        public byte[] Encrypt(ReadOnlySpan<byte> blocks) => sam.Encrypt(blocks);
        public byte[] Mac(ReadOnlySpan<byte> data) => sam.Mac(data);
        public uint NextTermSeq() => sam.NextTermSeq();

        public byte[] Sign(ReadOnlySpan<byte> data)
        {
            var record = data.ToArray();
            return Signed.GetOrAdd(Convert.ToHexString(SHA256.HashData(record)), _ => sam.Sign(record));
        }
    }

    private static byte[] Visit(int day) => VisitLayout.Encode(new Dictionary<string, string>
    {
        ["机构名称"] = "游仙区演示镇卫生院", ["就诊日期时间"] = $"2026070{day}101500", ["门诊号"] = $"C2026070{day}00001", ["诊断名1"] = "2型糖尿病", ["诊断码1"] = "E11.9",
    });

    /// <summary>A clock whose timers fire at once and say what was asked of them.</summary>
    private sealed class StepClock : TimeProvider
    {
        public List<TimeSpan> Asked { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Asked.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
