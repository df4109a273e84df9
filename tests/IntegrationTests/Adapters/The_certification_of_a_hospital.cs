using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Health.Adapters.Certification;
using Health.Adapters.Sources;
using Health.Host.Commands;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Adapters;

public sealed class The_certification_of_a_hospital(Database database)
{
    private static readonly SourceProfile Municipal = new()
    {
        Id = "mych", InstitutionCode = "MY510703H001", SendingApplication = "HIS", SendingFacility = "MYCH", Charset = "UNICODE UTF-8",
        LocalCodes = new Dictionary<string, IReadOnlyDictionary<string, LocalCode>> { ["OBR-4"] = new Dictionary<string, LocalCode> { ["XCG"] = new("http://loinc.org", "58410-2") } },
    };

    private static readonly object Patient = new { localId = "Z000123", name = "李珅", idNumber = "510799199001010018", sex = "male", birth = "19900101", healthCard = "JK5107030000123456" };

    [Fact]
    public async Task passes_a_hospital_that_sends_again_what_was_not_acknowledged()
    {
        await using var simulator = await HospitalSimulator.Start();
        var report = await Certify(Municipal, 5, async port =>
        {
            foreach (var scenario in new[] { "registration", "admission", "update", "blood-count", "discharge" })
                Assert.Equal("acknowledged", await simulator.Play(scenario, port, new { patient = Patient, visitNumber = scenario == "registration" ? "O1" : "I1", sender = "mych", @class = scenario == "registration" ? "O" : "I" }));
        });

        Assert.True(report.IsPassed, CertificationText.Markdown(report));
        Assert.Equal(5, report.Messages);
        Assert.Equal((CheckResult.Pass, 3), (Item(report, "resends").Result, Item(report, "resends").Seen));
        Assert.All(["readable", "sender", "header", "control-ids", "charset", "agreed", "required-fields", "mapped", "times", "future", "zones", "resident-ids", "ids-agree", "health-cards", "order", "local-codes"],
            id => Assert.Equal((id, CheckResult.Pass), (id, Item(report, id).Result)));
        Assert.Equal(CheckResult.NotSeen, Item(report, "completeness").Result);
        Assert.Equal(CheckResult.NotSeen, Item(report, "sequence").Result);
    }

    [Fact]
    public async Task fails_a_hospital_at_the_right_items_and_names_no_person()
    {
        await using var simulator = await HospitalSimulator.Start();
        var now = TimeProvider.System.GetUtcNow().ToOffset(TimeSpan.FromHours(8)).ToString("yyyyMMddHHmmss", System.Globalization.CultureInfo.InvariantCulture);
        string Adt(string trigger, string controlId, string pid, string pv1) => $"MSH|^~\\&|HIS|MYCH|HEALTH|MY|{now}+0800||ADT^{trigger}|{controlId}|P|2.5.1||||||UNICODE UTF-8\nEVN|{trigger}|{now}\nPID|1||{pid}\nPV1|1|{pv1}\n";
        const string Wang = "Z1^^^MYCH&1.02.3&ISO^PI~510799199001010019^^^公安部^NI||王秘密||19900101|M";
        var report = await Certify(Municipal with { Charset = null }, 8, async port =>
        {
            await simulator.Send(port, Adt("A08", "B1", Wang, "I|||||||||||||||||V7"));
            await simulator.Send(port, Adt("A01", "B2", Wang, "I|||||||||||||||||V7"));
            await simulator.Send(port, Adt("A01", "B3", "||王秘密||19900101|M", "I"));
            await simulator.Send(port, Adt("A04", "B4", Wang, "O|||||||||||||||||V8|||||||||||||||||||||||||29990101"));
            await simulator.Send(port, Adt("A04", "B4", Wang, "O|||||||||||||||||V9"));
            await simulator.Send(port, Adt("A04", "B5", Wang, "O|||||||||||||||||V10"), "GB18030");
            await simulator.Send(port, Adt("A04", "B6", Wang, "O|||||||||||||||||V11").Replace("HIS|MYCH", "HIS|OTHER", StringComparison.Ordinal));
            await simulator.Send(port, $"MSH|^~\\&|HIS|MYCH|HEALTH|MY|2026||ORU^R01|B7||2.5.1||||||UNICODE UTF-8\nPID|1||Z1^^^MYCH^PI||王秘密\nOBR|1|A1|R1|XCT^血常规|||20261399\nOBX|1|NM|WBC^白细胞||6.1|10*9/L|||||F\n");
        });

        Assert.False(report.IsPassed);
        AssertFails(report, "order", "B2", "PV1-19");
        AssertFails(report, "mapped", "B3", "PID-3");
        AssertFails(report, "required-fields", "B3", "PV1-19");
        AssertFails(report, "future", "B4", "PV1-44");
        AssertFails(report, "control-ids", "B4", "MSH-10");
        AssertFails(report, "charset", "B5", "MSH-18");
        AssertFails(report, "sender", "B6", "MSH-3");
        AssertFails(report, "header", "B7", "MSH-11");
        AssertFails(report, "times", "B7", "OBR-7");
        AssertFails(report, "required-fields", "B7", "OBR-25");
        AssertFails(report, "resident-ids", "B1", "PID-3");
        AssertFails(report, "oids", "B1", "PID-3.4.2");
        Assert.All(["readable", "resends", "agreed"], id => Assert.Equal((id, CheckResult.Pass), (id, Item(report, id).Result)));
        Assert.Equal(["XCT", "WBC", "10*9/L"], report.LocalCodes.Select(code => code.Code).OrderDescending(StringComparer.Ordinal));
        var written = JsonSerializer.Serialize(report) + CertificationText.Markdown(report);
        Assert.DoesNotContain("王秘密", written, StringComparison.Ordinal);
        Assert.DoesNotContain("510799199001010019", written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task fails_one_that_does_not_send_again()
    {
        var report = await Certify(Municipal, 100, async port =>
        {
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            Assert.Null(await Hospital.Send(client.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration("N1"))));
        });
        AssertFails(report, "resends", "N1", "MSH-10");
    }

    [Fact]
    public async Task of_what_was_sent_already_is_for_operators_and_writes_nothing_but_the_look()
    {
        await using var hospital = await Hospital.OpenWhole(database);
        await hospital.Send(Hospital.Registration("S1"));
        await hospital.Send(Hospital.Registration("S2", pid3: ""));
        await hospital.Send(Hospital.Registration("S1", pid3: "P2"));
        await hospital.Until("select count(*) from adapters.inbox where state <> 'received'", 3);
        using var operators = hospital.Host.Http.As("demo-operator", roles: "operator");
        using var clinic = hospital.Host.Http.As("demo-clinic");
        Assert.Equal(HttpStatusCode.Forbidden, (await clinic.GetAsync("/adapters/certification?source=mych&since=2020-01-01T00:00:00Z")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await operators.GetAsync("/adapters/certification?source=none&since=2020-01-01T00:00:00Z")).StatusCode);
        var (messages, events) = (await hospital.Scalar<long>("select count(*) from adapters.inbox"), await hospital.Scalar<long>("select count(*) from events.mt_events"));
        var report = (await operators.GetFromJsonAsync<CertificationReport>("/adapters/certification?source=mych&since=2020-01-01T00:00:00Z"))!;
        Assert.Equal((messages, events), (await hospital.Scalar<long>("select count(*) from adapters.inbox"), await hospital.Scalar<long>("select count(*) from events.mt_events")));

        Assert.Equal(3, report.Messages);
        AssertFails(report, "mapped", "S2", "PID-3");
        AssertFails(report, "control-ids", "S1", "MSH-10");
        var day = Assert.Single(report.Counts);
        Assert.Equal((new DateOnly(2026, 11, 24), "ADT^A04", 3, 2), (day.Day, day.Type, day.Arrived, day.Quarantined));
        var complete = HisCounts.Read(["day,type,count", "2026-11-24,ADT^A04,3"]).Compare(report);
        Assert.Equal(CheckResult.Pass, Item(complete, "completeness").Result);
        var short1 = HisCounts.Read(["2026-11-24,ADT,5"]).Compare(report);
        Assert.Equal(("2026-11-24 ADT: the hospital counts 5, 3 arrived, 2 of them in quarantine.", CheckResult.Fail), (Item(short1, "completeness").Evidence[0].Text, Item(short1, "completeness").Result));
    }

    [Fact]
    public async Task by_the_command_ends_with_1_when_a_required_item_fails()
    {
        var folder = Directory.CreateTempSubdirectory("health-certify-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "sources"));
            await File.WriteAllTextAsync(Path.Combine(folder, "sources", "mych.json"), """{"id":"mych","institutionCode":"MY510703H001","sendingApplication":"HIS","sendingFacility":"MYCH","charset":"UTF-8"}""");
            await File.WriteAllTextAsync(Path.Combine(folder, "good.hl7"), "MSH|^~\\&|HIS|MYCH|HIE|MY|20261124090000||ADT^A04|K1|P|2.5.1\rEVN|A04|20261124090000\rPID|1||P1||王小明||19900101|M\rPV1|1|O|||||||||||||||||V1\r");
            string[] arguments = ["hl7", "certify", "mych", "--data", folder, "--files", Path.Combine(folder, "good.hl7"), "--json", Path.Combine(folder, "r.json"), "--report", Path.Combine(folder, "r.md")];
            Assert.Equal(0, await HealthCommand.Run(arguments));
            Assert.Contains("检查项 Check list", await File.ReadAllTextAsync(Path.Combine(folder, "r.md")), StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder, "his.csv"), "2026-11-24,ADT^A04,2\n");
            Assert.Equal(1, await HealthCommand.Run([.. arguments, "--his-counts", Path.Combine(folder, "his.csv")]));
            Assert.Equal("fail", JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "r.json"))).RootElement.GetProperty("items").EnumerateArray().Single(item => item.Text("id") == "completeness").Text("result"));
            Assert.Equal(2, await HealthCommand.Run(["hl7", "certify", "mych", "--data", folder]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<CertificationReport> Certify(SourceProfile source, int messages, Func<int, Task> hospital)
    {
        var certifier = new Certifier(source, TimeProvider.System);
        using var door = new CertificationDoor(certifier, TimeProvider.System);
        var port = door.Listen(IPAddress.Loopback, 0);
        using var over = new CancellationTokenSource();
        var run = door.Run(messages, over.Token);
        await hospital(port);
        await over.CancelAsync();
        await run;
        return certifier.Report();
    }

    private static CheckedItem Item(CertificationReport report, string id) => report.Items.Single(item => item.Id == id);

    private static void AssertFails(CertificationReport report, string id, string controlId, string path) =>
        Assert.True(Item(report, id) is { Result: CheckResult.Fail } item && item.Evidence.Any(one => one.ControlId == controlId && one.Path == path), $"{id} does not fail at {controlId} {path}:\n{CertificationText.Markdown(report)}");
}
