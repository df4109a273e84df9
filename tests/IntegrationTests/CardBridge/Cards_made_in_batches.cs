using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Health.CardBridge.Issuing;
using Health.CardBridge.Issuing.Batches;
using Health.Cards;
using Health.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class Cards_made_in_batches(BridgeHouse house) : IDisposable
{
    private static int years = 1900;
    private readonly string folder = Directory.CreateTempSubdirectory("health-batch-").FullName;

    private CardBatches Batches => house.Host.Services.GetRequiredService<CardBatches>();

    [Fact]
    public async Task go_to_the_personaliser_whole_and_say_line_by_line_what_was_not_taken()
    {
        var lines = Orders(250);
        lines[10] = lines[3];
        lines[240] = lines[5];
        lines[20] = lines[20].Replace(",1,", ",9,", StringComparison.Ordinal).Replace(",2,", ",9,", StringComparison.Ordinal);
        lines[21] = lines[21].Replace(BridgeHouse.Hospital, "NOWHERE", StringComparison.Ordinal);
        var request = await Request(lines, 100);
        var report = await Batches.Make(request, "test", _ => { }, default);
        Assert.Equal((3, 246, 4, 0, false), (report.Parts, report.Cards, report.Rejected, report.Resumed, report.WasDone));
        var rejected = await File.ReadAllLinesAsync(Path.Combine(request.Folder, "rejected.csv"));
        Assert.Equal("line,class,reason", rejected[0]);
        // The line of the header is the first; of two equal lines in parts made side by side either may be first.
        Assert.Equal([("12", "duplicate"), ("22", "malformed"), ("23", "malformed")], rejected[1..].Select(line => (line.Split(',')[0], line.Split(',')[1])).Where(line => line.Item1 is "12" or "22" or "23"));
        Assert.Single(rejected[1..], line => line.StartsWith("7,duplicate", StringComparison.Ordinal) || line.StartsWith("242,duplicate", StringComparison.Ordinal));

        var manifest = await File.ReadAllBytesAsync(Path.Combine(request.Folder, "manifest.json"));
        Assert.Equal(report.ManifestSm3, Sm3.Hex(manifest));
        var transport = new TransportKey(await File.ReadAllBytesAsync(Path.Combine(house.DataFolder, "keys", "card-transport.key")));
        List<PersonalisationData> made = [];
        using var json = JsonDocument.Parse(manifest);
        foreach (var part in json.RootElement.GetProperty("parts").EnumerateArray())
        {
            var bytes = await File.ReadAllBytesAsync(Path.Combine(request.Folder, part.GetProperty("file").GetString()!));
            Assert.Equal(part.GetProperty("sm3").GetString(), Sm3.Hex(bytes));
            made.AddRange(PersonalisationFile.Read(bytes, transport));
        }
        Assert.Equal(246, made.Select(card => card.ChipSerial).Distinct().Count());
        Assert.Equal(246, await Count("select count(*) from cards.chip where batch_id = $1", report.BatchId));
        Assert.Equal(246, await Count("select count(distinct card_id) from cards.card where batch_id = $1 and stage = 'made' and resident_id is null", report.BatchId));
        Assert.Equal(4, await Count("select count(*) from events.mt_events where stream_id like 'card-batch/' || $1 || '%'", report.BatchId));
        foreach (var table in new[] { "events.mt_events", "cards.card", "cards.chip", "cards.batch", "cards.batch_part" })
            Assert.Equal(0, await Count($"select count(*) from {table} t where t::text like '%' || $1 || '%'", lines[0].Split(',')[0]));
    }

    [Fact]
    public async Task are_made_once_however_often_the_orders_come()
    {
        var request = await Request(Orders(60), 25);
        var first = await Batches.Make(request, "test", _ => { }, default);
        var again = await Batches.Make(request, "test", _ => { }, default);
        Assert.Equal(first with { WasDone = true, Resumed = 3 }, again);
        // The same people in another file: all are there already.
        var other = await Request([.. Orders(0), .. (await File.ReadAllLinesAsync(request.OrdersFile))[1..].Reverse()], 25);
        var third = await Batches.Make(other, "test", _ => { }, default);
        Assert.Equal((0, 60), (third.Cards, third.Rejected));
        Assert.Equal(60, await Count("select count(*) from cards.card where batch_id = $1", first.BatchId));
    }

    [Fact]
    public async Task go_on_after_a_kill_and_mend_files_that_were_damaged()
    {
        var request = await Request(Orders(3_000), 50);
        using (var program = Program(request, resume: false))
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
            using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            while (await Count("select count(*) from cards.batch_part where batch_id in (select batch_id from cards.batch where orders_sm3 = $1)", await BatchRun.Sm3Of(request.OrdersFile, default)) < 5) await again.WaitForNextTickAsync(limit.Token);
            program.Kill();
            await program.WaitForExitAsync(limit.Token);
        }
        var sm3 = await BatchRun.Sm3Of(request.OrdersFile, default);
        var done = await Count("select count(*) from cards.batch_part where batch_id in (select batch_id from cards.batch where orders_sm3 = $1)", sm3);
        Assert.InRange(done, 5, 59);
        Assert.False(File.Exists(Path.Combine(request.Folder, "manifest.json")));
        var store = house.Host.Services.GetRequiredService<BatchStore>();
        var parts = (await store.Parts(BatchRun.IdOf(sm3), default)).Keys.Order().ToList();
        File.Delete(Path.Combine(request.Folder, CardMaking.FileName(parts[0])));
        await File.WriteAllBytesAsync(Path.Combine(request.Folder, CardMaking.FileName(parts[1])), new byte[100]);

        await Assert.ThrowsAsync<BatchRefusedException>(() => Batches.Make(request, "test", _ => { }, default));
        using (var program = Program(request, resume: true))
        {
            await program.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(240)).Token);
            Assert.Equal(0, program.ExitCode);
        }
        Assert.Equal(3_000, await Count("select count(*) from cards.card where batch_id = $1", BatchRun.IdOf(sm3)));
        Assert.Equal(3_000, await Count("select count(distinct chip_serial) from cards.chip where batch_id = $1", BatchRun.IdOf(sm3)));
        var transport = new TransportKey(await File.ReadAllBytesAsync(Path.Combine(house.DataFolder, "keys", "card-transport.key")));
        var cards = 0;
        foreach (var part in (await store.Parts(BatchRun.IdOf(sm3), default)).Values)
        {
            var bytes = await File.ReadAllBytesAsync(Path.Combine(request.Folder, CardMaking.FileName(part.Part)));
            Assert.Equal(part.FileSm3, Sm3.Hex(bytes));
            cards += PersonalisationFile.Read(bytes, transport).Count;
        }
        Assert.Equal(3_000, cards);
    }

    [Fact]
    public async Task get_a_stream_and_a_resident_with_their_first_act_and_serve_at_the_desk()
    {
        var lines = Orders(12);
        var report = await Batches.Make(await Request(lines, 12), "test", _ => { }, default);
        var idNumber = lines[4].Split(',')[0];
        var order = new { idNumber, institutionCode = BridgeHouse.Hospital };
        Assert.Equal(HttpStatusCode.NotFound, (await BridgeHouse.Call(house.Operator, "card/batches/none/parts/1/personalised", new { })).Status);
        var log = house.Host.Services.GetRequiredService<CardLog>();
        Assert.Equal((CardStage.Made, 0L), (await State(log, idNumber)));
        Assert.Equal(HttpStatusCode.Conflict, (await BridgeHouse.Call(house.Operator, $"card/cards/{log.IdOf(idNumber)}/lock", new { reason = "test" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await BridgeHouse.Call(house.Operator, $"card/batches/{report.BatchId}/parts/1/personalised", new { })).Status);
        Assert.Equal(HttpStatusCode.OK, (await BridgeHouse.Call(house.Operator, $"card/batches/{report.BatchId}/parts/1/personalised", new { })).Status);
        Assert.Equal((CardStage.Personalised, 0L), await State(log, idNumber));

        var (status, issued) = await BridgeHouse.Call(house.Operator, "card/cards", order);
        Assert.True(status == HttpStatusCode.OK, issued.ToString());
        Assert.Equal(("active", idNumber), (issued.GetProperty("state").GetString(), issued.GetProperty("cardNo").GetString()));
        Assert.Equal((CardStage.Active, 3L), await State(log, idNumber));
        Assert.Equal((CardStage.Personalised, 0L), await State(log, lines[5].Split(',')[0]));
        var tap = await Tap(idNumber, lines[4].Split(',')[1], issued.GetProperty("chipSerial").GetString()!);
        Assert.Equal(("active", lines[4].Split(',')[1]), (tap.GetProperty("cardState").GetString(), tap.GetProperty("patientName").GetString()));
    }

    [Fact]
    public async Task are_erased_one_resident_at_a_time()
    {
        var lines = Orders(6);
        var report = await Batches.Make(await Request(lines, 6), "test", _ => { }, default);
        var services = house.Host.Services;
        string idNumber = lines[2].Split(',')[0], name = lines[2].Split(',')[1];
        ResidentIdNumber.TryParse(idNumber, out var parsed);
        var header = new EventHeader("city", "client:test", PurposeOfUse.TREAT, "test");
        // The resident is known by another way and never touched the card.
        var identified = await services.GetRequiredService<IResidentIndex>().Identify(
            new PatientIdentity($"erase-{idNumber[^6..]}", BridgeHouse.Hospital, [new(IdentifierSystems.ResidentId, idNumber)], name, parsed.Gender, parsed.BirthDate), header, default);
        var cards = services.GetRequiredService<BatchCards>();
        var log = services.GetRequiredService<CardLog>();
        var chip = (await cards.Find(log.IdOf(idNumber), default))!.Holder.ChipSerial;
        Assert.Null(await services.GetRequiredService<IResidentErasure>().Erase(identified.ResidentId, "test-data", header, default));
        Assert.Null(await cards.Find(log.IdOf(idNumber), default));
        Assert.Equal(lines[3].Split(',')[0], (await cards.Find(log.IdOf(lines[3].Split(',')[0]), default))!.Holder.IdNumber);
        Assert.Equal(1, await Count("select count(*) from cards.blocked where list_key = $1", ListRows.KeyOf(chip)));
        Assert.Equal(CardStage.None, (await State(log, idNumber)).Stage);
        Assert.Equal(1, await Count("select count(*) from cards.card where batch_id = $1 and person is null", report.BatchId));
    }

    [Fact]
    public async Task that_were_issued_elsewhere_are_compared_first_and_then_taken()
    {
        var lines = Orders(40);
        string[] import = [.. lines.Select((line, i) => string.Create(CultureInfo.InvariantCulture, $"{line},33{years:D4}{i:D10},52{years:D4}{i:D10},20360101,{(i == 7 ? "lost" : "active")}"))];
        var header = CardOrders.Header([.. CardOrders.ImportColumns, "purse_no", "valid_until", "state"]);
        var file = Path.Combine(folder, "elsewhere.csv");
        await File.WriteAllLinesAsync(file, [header, .. import, import[3], "x,,,,,,,,,,"]);
        var request = new BatchRequest(file, Path.Combine(folder, "import"), Resume: true, PartSize: 15);
        Assert.Equal(new ImportReport(40, 0, 0, 0, 1, 1), await Batches.Compare(request, _ => { }, default));
        Assert.Equal(0, await Count("select count(*) from cards.chip where chip_serial = $1", import[0].Split(',')[7]));
        Assert.Equal((40, 2), await Batches.Import(request, "test", _ => { }, default) is var done ? (done.Cards, done.Rejected) : default);

        // Later the other system says something else.
        string[] later = [import[0], import[1].Replace(",3300", ",3400", StringComparison.Ordinal).Replace($",33{years:D4}", $",34{years:D4}", StringComparison.Ordinal), Renamed(import[2]), import[4]];
        await File.WriteAllLinesAsync(file, [header, .. later]);
        Assert.Equal(new ImportReport(0, 2, 1, 1, 0, 0), await Batches.Compare(request, _ => { }, default));
        var told = await File.ReadAllLinesAsync(Path.Combine(request.Folder, "reconciliation.csv"));
        Assert.Equal(["2,same", "3,other-chip", "4,other-holder", "5,same"], told[1..].Select(line => string.Join(',', line.Split(',')[..2])));

        var fields = import[9].Split(',');
        var tap = await Tap(fields[0], fields[1], fields[7]);
        Assert.Equal(("active", fields[8]), (tap.GetProperty("cardState").GetString(), tap.GetProperty("purseNo").GetString()));
        var lost = import[7].Split(',');
        Assert.Equal("lost", (await Tap(lost[0], lost[1], lost[7])).GetProperty("reason").GetString());
        Assert.Equal(1, await Count("select count(*) from cards.blocked where list_key = $1", ListRows.KeyOf(lost[7])));
    }

    [Fact]
    public async Task can_be_ordered_over_HTTP_by_an_operator_alone()
    {
        async Task<(HttpStatusCode, JsonElement)> Post(HttpClient http, string text)
        {
            using var answer = await http.PostAsync("card/batches", new StringContent(text, Encoding.UTF8, "text/csv"));
            return (answer.StatusCode, await BridgeHouse.Body(answer));
        }
        var text = CardOrders.Header(CardOrders.Columns) + "\n" + string.Join('\n', Orders(7));
        Assert.Equal(HttpStatusCode.Forbidden, (await Post(house.Desk, text)).Item1);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Post(house.Operator, "a,b\n1,2\n")).Item1);
        var (status, report) = await Post(house.Operator, text);
        Assert.True(status == HttpStatusCode.OK, report.ToString());
        Assert.Equal(7, report.GetProperty("cards").GetInt32());
        var (_, again) = await Post(house.Operator, text);
        Assert.True(again.GetProperty("wasDone").GetBoolean());
        using var shown = await house.Operator.GetAsync($"card/batches/{report.GetProperty("batchId").GetString()}");
        Assert.Equal(7, (await BridgeHouse.Body(shown)).GetProperty("cards").GetInt32());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>People of a year of birth of their own, so that tests do not meet.</summary>
    private static List<string> Orders(int count)
    {
        var year = Interlocked.Increment(ref years);
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                var birth = new DateOnly(year, 1, 1).AddDays(i / 900);
                var idNumber = BridgeHouse.IdNumber(birth, i % 900);
                return CardOrders.Line(idNumber, $"批量{i}", i % 900 % 2 == 1 ? "1" : "2", birth, "01", "510703", BridgeHouse.Hospital);
            }),
        ];
    }

    private static string Renamed(string line)
    {
        var fields = line.Split(',');
        fields[1] = "别人";
        return string.Join(',', fields);
    }

    private async Task<BatchRequest> Request(IEnumerable<string> lines, int partSize)
    {
        var file = Path.Combine(folder, $"{Guid.NewGuid():N}.csv");
        await File.WriteAllLinesAsync(file, [CardOrders.Header(CardOrders.Columns), .. lines]);
        Directory.CreateDirectory(file + ".cards");
        return new BatchRequest(file, file + ".cards", Resume: false, partSize, Workers: 2);
    }

    private Process Program(BatchRequest request, bool resume)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Health.sln"))) root = root.Parent!;
        var program = Path.Combine(root.FullName, "hie-broker", "Health.Host", "bin", new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Name, "net10.0", "Health.Host.dll");
        string[] arguments = ["cards", "issue", "--batch", request.OrdersFile, "--out", request.Folder, "--part", request.PartSize.ToString(CultureInfo.InvariantCulture), "--data", house.DataFolder, "--database", house.Host.ConnectionString];
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments, .. resume ? ["--resume"] : Array.Empty<string>()]) { RedirectStandardOutput = false })!;
    }

    private static async Task<(CardStage Stage, long Version)> State(CardLog log, string idNumber)
    {
        var (state, version) = await log.Load(log.IdOf(idNumber), default);
        return (state.Stage, version);
    }

    private async Task<JsonElement> Tap(string idNumber, string name, string chipSerial) => (await BridgeHouse.Call(house.Desk, "card/taps", new
    {
        deskId = "desk-1", terminalNo = "510700000001", cardNo = idNumber, chipSerial, cityCode = "510700", holder = new { name, idNumber, sex = "male", birthDate = "1970-01-01" },
    })).Body;

    private async Task<long> Count(string sql, object value)
    {
        await using var connection = new NpgsqlConnection(house.Host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = value } } };
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
