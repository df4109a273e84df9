using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Health.Adapters.Listening;
using Health.Contracts;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;
using Health.IntegrationTests.Adapters;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Outbound;

/// <summary>PDQ (Q22) and PIX (Q23) at the doors, and what a hospital is asked.</summary>
public sealed class A_query(Database database) : IAsyncLifetime
{
    private const string Id = "510799199001010018";
    private Region region = null!;

    public async ValueTask InitializeAsync()
    {
        region = await Region.Open(database);
        var directory = region.Host.Services.GetRequiredService<IDirectory>();
        foreach (var (code, name) in new[] { (Region.Municipal, "市中心医院"), (Region.County, "县人民医院") })
            await directory.Register(new Institution(code, name, name, code[2..8], "A100"), new EventHeader("test", "test", PurposeOfUse.HOPERAT, "test"), default);
        await region.Send(Adt("HIS|MYCH", "Q1", $"Z1^^^MYCH^MR~{Id}^^^公安^NI", "王小明", "13900000001"));
        await region.Send(Adt("HIS|STXY", "Q2", $"C1^^^STXY^MR~{Id}^^^公安^NI", "王小明", ""));
        await region.Send(Adt("HIS|MYCH", "Q3", "Z2^^^MYCH^MR", "王大明", ""));
        await region.Send(Adt("HIS|STXY", "Q4", "C2^^^STXY^MR", "李外人", ""));
        await region.Until("select count(*) from adapters.inbox where state = 'done'", 4);
    }

    public ValueTask DisposeAsync() => region.DisposeAsync();

    [Fact]
    public async Task of_demographics_finds_whom_the_institution_knows_with_all_numbers()
    {
        using var answer = await Ask("Q22", "QPD|IHE PDQ Query|T1|@PID.5.1^王小明~@PID.7^19900101|RCP|I".Replace("|RCP", "\rRCP", StringComparison.Ordinal));
        Assert.Equal(("RSP", "K22", "AA", "OK", "T1", "1"), (answer.MessageCode, answer.TriggerEvent, answer.Get("MSA-1"), answer.Get("QAK-2"), answer.Get("QAK-1"), answer.Get("QAK-4")));
        Assert.Equal(("@PID.5.1", "王小明", "M", "19900101"), (answer.Get("QPD-3[1].1"), answer.Get("PID-5.1"), answer.Get("PID-8"), answer.Get("PID-7")));
        Assert.Equal([Id, "C1", "Z1"], Numbers(answer).Order(StringComparer.Ordinal));
        Assert.Equal("Z1", answer.Get("PID-3[1].1"));
        Assert.Equal(1L, await Facts("adapters.pdq-query", "and resident is not null"));
    }

    [Fact]
    public async Task of_demographics_shows_nobody_whom_the_institution_does_not_know()
    {
        using var answer = await Ask("Q22", "QPD|IHE PDQ Query|T2|@PID.5.1^李外人");
        Assert.Equal(("AA", "NF", false), (answer.Get("MSA-1"), answer.Get("QAK-2"), answer.Segment("PID").Exists));
        Assert.Equal(1L, await Facts("adapters.pdq-query", $"and institution = '{Region.Municipal}' and convert_from(body, 'UTF8')::jsonb ->> 'actor' = 'client:hl7:mych'"));
        using var theirs = await Ask("Q22", "QPD|IHE PDQ Query|T2|@PID.5.1^李外人", "HIS|STXY");
        Assert.Equal(("OK", "C2"), (theirs.Get("QAK-2"), theirs.Get("PID-3.1")));
    }

    [Fact]
    public async Task of_demographics_goes_page_by_page()
    {
        using var first = await Ask("Q22", "QPD|IHE PDQ Query|T3|@PID.5.1^王\rRCP|I|1^RD");
        Assert.Equal(("OK", "2", "1", "I"), (first.Get("QAK-2"), first.Get("QAK-4"), first.Get("QAK-5"), first.Get("DSC-2")));
        using var second = await Ask("Q22", $"QPD|IHE PDQ Query|T3|@PID.5.1^王\rRCP|I|1^RD\rDSC|{first.Get("DSC-1")}|I");
        Assert.False(second.Segment("DSC").Exists);
        Assert.Equal(["Z1", "Z2"], new[] { first.Get("PID-3.1"), second.Get("PID-3.1") }.Order());
    }

    [Fact]
    public async Task of_identifiers_gives_those_of_the_other_domains()
    {
        using var all = await Ask("Q23", "QPD|IHE PIX Query|P1|Z1^^^MYCH^MR");
        Assert.Equal(("RSP", "K23", "AA", "OK", "RSP_K23"), (all.MessageCode, all.TriggerEvent, all.Get("MSA-1"), all.Get("QAK-2"), all.Get("MSH-9.3")));
        Assert.Equal([Id, "C1"], Numbers(all).Order(StringComparer.Ordinal));
        Assert.Equal("S", all.Get("PID-5[2].7"));
        using var one = await Ask("Q23", $"QPD|IHE PIX Query|P2|Z1^^^MYCH^MR|^^^{Region.County}");
        Assert.Equal(["C1"], Numbers(one));
        using var national = await Ask("Q23", $"QPD|IHE PIX Query|P3|{Id}^^^&2.16.156.10011.1.3&ISO^NI|^^^{Region.County}");
        Assert.Equal(["C1"], Numbers(national));
        using var foreign = await Ask("Q23", $"QPD|IHE PIX Query|P4|C1^^^{Region.County}|^^^MYCH");
        Assert.Equal(["Z1"], Numbers(foreign));
        using var none = await Ask("Q23", $"QPD|IHE PIX Query|P5|Z2^^^MYCH^MR|^^^{Region.County}");
        Assert.Equal(("AA", "NF", false), (none.Get("MSA-1"), none.Get("QAK-2"), none.Segment("PID").Exists));
        Assert.Equal(5L, await Facts("adapters.pix-query", ""));
    }

    [Theory]
    [InlineData("Q23", "QPD|IHE PIX Query|E1|ZZ^^^MYCH^MR", "AE", "QPD^1^3^1^1", "204")]
    [InlineData("Q23", "QPD|IHE PIX Query|E2|Z1^^^NOBODY^MR", "AE", "QPD^1^3^1^4", "204")]
    [InlineData("Q23", "QPD|IHE PIX Query|E3|Z1^^^MYCH^MR|^^^NOBODY", "AE", "QPD^1^4^1", "204")]
    [InlineData("Q23", "QPD|IHE PIX Query|E4|C2^^^MY510722H001", "AE", "QPD^1^3^1^1", "204")]
    [InlineData("Q22", "QPD|IHE PDQ Query|E5|@PID.99^x", "AE", "QPD^1^3^1", "204")]
    [InlineData("Q22", "QPD|IHE PDQ Query|E6|@PID.8^M", "AE", "QPD^1^3^1", "101")]
    [InlineData("Q22", "QPD|IHE PDQ Query|E7|@PID.7^notadate", "AE", "QPD^1^3^1", "102")]
    [InlineData("Q22", "QPD|IHE PDQ Query||@PID.5.1^王", "AE", "QPD^1^2^1", "101")]
    public async Task that_cannot_be_answered_says_where_and_why(string trigger, string rest, string status, string place, string code)
    {
        using var answer = await Ask(trigger, rest);
        Assert.Equal((status, status, place, code), (answer.Get("MSA-1"), answer.Get("QAK-2"), Encoding.UTF8.GetString(answer.Segment("ERR")[2].Bytes), answer.Get("ERR-3.1")));
        Assert.False(answer.Segment("PID").Exists);
    }

    [Fact]
    public async Task of_another_kind_or_sender_is_rejected_and_none_is_put_into_the_inbox()
    {
        using var unknown = await Ask("Q11", "QPD|Z99|X1");
        Assert.Equal(("ACK", "AR", "201"), (unknown.MessageCode, unknown.Get("MSA-1"), unknown.Get("ERR-3.1")));
        using var stranger = await Ask("Q22", "QPD|IHE PDQ Query|T1|@PID.5.1^王小明", "HIS|NOWHERE");
        Assert.Equal(("AR", "204"), (stranger.Get("MSA-1"), stranger.Get("ERR-3.1")));
        using var silent = await Ask("Q22", "QPD|IHE PDQ Query|T1|@PID.5.1^王小明", "LIS|LAB");
        Assert.Equal(("AR", "200"), (silent.Get("MSA-1"), silent.Get("ERR-3.1")));
        using (await Ask("Q22", "QPD|IHE PDQ Query|T1|@PID.5.1^王小明")) { }
        using (await Ask("Q22", "QPD|IHE PDQ Query|T1|@PID.5.1^王小明")) { }
        Assert.Equal(4L, await region.Scalar<long>("select count(*) from adapters.inbox"));
        Assert.Equal(0L, await region.Scalar<long>("select count(*) from audit.fact where convert_from(body, 'UTF8') like '%王小明%'"));
    }

    [Fact]
    public async Task is_answered_over_HTTP_to_a_token_of_the_same_institution_only()
    {
        async Task<(int, string)> Post(string institution, string scopes = "system/*.cruds")
        {
            using var content = new StringContent(Query("Q23", "QPD|IHE PIX Query|H1|Z1^^^MYCH^MR", "HIS|MYCH"));
            content.Headers.ContentType = new("application/hl7-v2");
            using var http = region.Host.Http.As("his", institution, scopes: scopes);
            using var answer = await http.PostAsync("/adapters/hl7v2", content);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        var (status, text) = await Post(Region.Municipal);
        Assert.Equal(200, status);
        Assert.Contains("QAK|H1|OK", text, StringComparison.Ordinal);
        Assert.Equal(422, (await Post(Region.County)).Item1);
        // A token that may write and not search gets no answer by another way.
        Assert.Contains("QAK|H1|AR", (await Post(Region.Municipal, "system/*.cu")).Item2, StringComparison.Ordinal);
        Assert.Equal(1L, await Facts("adapters.pix-query", "and convert_from(body, 'UTF8')::jsonb ->> 'actor' = 'client:his' and convert_from(body, 'UTF8')::jsonb ->> 'reason' is not null"));
    }

    [Fact]
    public async Task to_a_hospital_shows_its_answer_and_is_in_the_log()
    {
        await region.Simulator.Http.PutAsJsonAsync($"receivers/{region.ReceiverPort}/people", new[]
        {
            new { localId = "S1", name = "赵演示", birth = "19800101", sex = "female" },
            new { localId = "S2", name = "赵演示", birth = "19900101", sex = "male" },
        });
        using var both = await region.Operators.PostAsJsonAsync("/adapters/queries", new { destination = "stxy", name = "赵演示" });
        var answer = await both.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("OK", 2, true), (answer.Text("status"), answer.GetProperty("patients").GetArrayLength(), answer.GetProperty("isComplete").GetBoolean()));
        using var one = await region.Operators.PostAsJsonAsync("/adapters/queries", new { destination = "stxy", name = "赵演示", birthDate = "1990-01-01" });
        var patient = Assert.Single((await one.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("patients").EnumerateArray());
        Assert.Equal(("S2^^^MYCH^PI", "赵演示", "M"), (patient.GetProperty("identifiers")[0].GetString(), patient.Text("name"), patient.Text("sex")));
        using var nobody = await region.Operators.PostAsJsonAsync("/adapters/queries", new { destination = "stxy", identifier = "none" });
        Assert.Equal("NF", (await nobody.Content.ReadFromJsonAsync<JsonElement>()).Text("status"));
        await region.Plan(new { answer = "silence" });
        using var silent = await region.Operators.PostAsJsonAsync("/adapters/queries", new { destination = "stxy", name = "赵演示" });
        using var unknown = await region.Operators.PostAsJsonAsync("/adapters/queries", new { destination = "nowhere", name = "赵演示" });
        Assert.Equal((502, 404), ((int)silent.StatusCode, (int)unknown.StatusCode));
        Assert.Equal(4L, await Facts("adapters.hospital-query", ""));
    }

    private Task<long> Facts(string interaction, string more) => region.Scalar<long>($"select count(*) from audit.fact where convert_from(body, 'UTF8')::jsonb ->> 'interaction' = '{interaction}' {more}");

    private static IReadOnlyList<string> Numbers(Hl7Message answer)
    {
        List<string> numbers = [];
        foreach (var cx in answer.Segment("PID")[3].Repetitions) numbers.Add(cx.Component(1).ToText());
        return numbers;
    }

    private async Task<Hl7Message> Ask(string trigger, string rest, string sender = "HIS|MYCH")
    {
        await using var line = new MllpSender("127.0.0.1", region.Host.Services.GetRequiredService<MllpEndpoint>().Port, TimeSpan.FromSeconds(30), TimeProvider.System);
        return Hl7Message.Read((await line.Send(Encoding.UTF8.GetBytes(Query(trigger, rest, sender)), default)).Bytes).Message!;
    }

    private static string Query(string trigger, string rest, string sender) =>
        $"MSH|^~\\&|{sender}|HIE|MY|20261130120000||QBP^{trigger}^QBP_Q21|{Guid.NewGuid():N}|P|2.5.1\r{rest}\r";

    private static string Adt(string sender, string controlId, string pid3, string name, string phone) =>
        $"MSH|^~\\&|{sender}|HIE|MY|20261124090000||ADT^A28|{controlId}|P|2.5.1\rPID|1||{pid3}||{name}||19900101|M|||||{phone}\r";
}
