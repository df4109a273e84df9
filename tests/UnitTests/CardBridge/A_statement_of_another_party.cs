using Health.CardBridge.Reconciliation;
using Health.Contracts;

namespace Health.UnitTests.CardBridge;

public sealed class A_statement_of_another_party
{
    private const string Clearing = """
        purse_no,chip_serial,card_seq,terminal_no,term_seq,amount_fen,date,time,tac,refund_id
        5107000000000001,3100510700000001,1,510700000001,7,3000,20261124,120100,a1b2c3d4,
        5107000000000001,3100510700000001,1,510700000001,7,-3000,20261124,130000,,R|1
        #,2,0
        """;

    private static async Task<(IReadOnlyList<StatementLine> Lines, Refusal? Refusal)> Read(string party, string text) => await StatementFile.Read(party, new StringReader(text), default);

    private static async Task<string> RefusedAt(string party, string text)
    {
        var (lines, refusal) = await Read(party, text);
        Assert.Empty(lines);
        return refusal!.Expression!;
    }

    [Fact]
    public async Task of_the_operator_gives_debits_and_refunds_and_no_number_of_a_purse()
    {
        var (lines, refusal) = await Read(Parties.CityCard, Clearing);
        Assert.Null(refusal);
        Assert.Equal(
            [("3100510700000001|1|510700000001|7", PartyLine.Charge, 3_000L, "A1B2C3D4", null), ("R|1", PartyLine.Refund, -3_000L, null, "3100510700000001|1|510700000001|7")],
            lines.Select(line => (line.Line.Reference, line.Line.Kind, line.Line.AmountFen, line.Line.Tac, line.OriginalReference)));
        Assert.DoesNotContain("5107000000000001", string.Concat(lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#,2,0", "#,3,0", "line 4")]
    [InlineData("#,2,0", "#,2,1", "line 4")]
    [InlineData("#,2,0", "", "line 4")]
    [InlineData(",3000,", ",3000.5,", "line 2")]
    [InlineData(",3000,", ",0,", "line 2")]
    [InlineData(",3000,", ",99999999999999999999,", "line 2")]
    [InlineData(",R|1", ",", "line 3")]
    [InlineData("a1b2c3d4,", "a1b2c3d4", "line 2")]
    [InlineData("term_seq", "sequence", "line 1")]
    [InlineData("3100510700000001,1,510700000001,7,3000", "3100\u4e00,1,510700000001,7,3000", "line 2")]
    public async Task that_is_wrong_is_refused_as_a_whole_with_its_line(string part, string with, string place) =>
        Assert.Equal(place, await RefusedAt(Parties.CityCard, Clearing.Replace(part, with, StringComparison.Ordinal)));

    [Fact]
    public async Task that_does_not_end_or_goes_on_after_its_end_is_refused()
    {
        Assert.Equal("line 5", await RefusedAt(Parties.CityCard, Clearing + "\n5,5"));
        Assert.Equal("line 2", await RefusedAt(Parties.CityCard, Clearing.Split('\n')[0] + "\n" + new string('1', StatementFile.MaxLineLength + 1)));
        Assert.Equal("line 1", await RefusedAt(Parties.His, ""));
    }

    [Fact]
    public async Task of_a_HIS_and_of_an_acquirer_are_read_alike()
    {
        var (his, _) = await Read(Parties.His, "receipt_no,visit_no,total_fen,kind,posted_at\nR1,V1,100,charge,2026-11-24\nR2,V1,-100,refund,2026-11-24\n#,2,0\n");
        Assert.Equal([("R1", 100L), ("R2", -100L)], his.Select(line => (line.Line.Reference, line.Line.AmountFen)));
        var (bought, _) = await Read(Parties.Acquirer, "number,order_no,channel,amount_fen,reference,state\nO1,O1,bank,100,T1,\nO2,O2,mobile,50,T2,unknown\nF1,O1,bank,-30,T1,\n#,3,120\n");
        Assert.Equal([("O1", "bank", true, null), ("O2", "mobile", false, null), ("F1", "bank", true, "O1")], bought.Select(line => (line.Line.Reference, line.Channel, line.Line.IsDecided, line.OriginalReference)));
        Assert.Equal("line 2", await RefusedAt(Parties.Acquirer, "number,order_no,channel,amount_fen,reference\nO1,O1,cheque,100,T1\n#,1,100\n"));
        Assert.Null((await Read(Parties.His, "receipt_no,visit_no,total_fen,kind,posted_at,institution_code\nR1,V1,100,charge,x,C1\n")).Refusal);
        Assert.Equal("line 2", await RefusedAt(Parties.His, "receipt_no,visit_no,total_fen,kind,posted_at\nR1,V1,-100,charge,x\n#,1,-100\n"));
    }

    [Fact]
    public void of_the_insurer_is_a_packed_text_that_reads_as_it_was_written()
    {
        var packed = DetailFile.Write([new SettledLine("S1", new(10_000), new(6_000), new(1_000))]);
        Assert.Equal("S1\t\t\t100.00\t60.00\t10.00\t0\n", Unpack(packed));
        var answer = Pack("P1\tM1\tS1\tX\t0\t0\t\t100.00\t60.00\t10.00\nP1\tM1\tS2\t\t2\t0\t\t\t\t\n");
        Assert.Equal([new SettledLine("S1", new(10_000), new(6_000), new(1_000))], DetailFile.Read(answer));
        Assert.Throws<FormatException>(() => DetailFile.Read([1, 2, 3]));
        Assert.Throws<FormatException>(() => DetailFile.Read(Pack("S1\t100.00\n")));
        Assert.Throws<FormatException>(() => DetailFile.Read(Pack("P1\tM1\tS1\tX\t0\t0\t\t1e5\t60.00\t10.00\n")));
    }

    private static byte[] Pack(string text)
    {
        using var bytes = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(bytes, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        using (var writer = new StreamWriter(zip.CreateEntry("a.txt").Open())) writer.Write(text);
        return bytes.ToArray();
    }

    private static string Unpack(byte[] file)
    {
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(file));
        using var reader = new StreamReader(zip.Entries.Single().Open());
        return reader.ReadToEnd();
    }
}
