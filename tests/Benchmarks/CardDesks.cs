using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Health.Cards;
using Health.Contracts;
using Health.SimulationTests.Platform;

namespace Health.Benchmarks;

/// <summary>A front desk as the bridge sees it: the calls of the desk agent with a virtual chip of its own, without the agent's page and files.</summary>
public sealed class CardDesk
{
    private const string Centre = "MY510704W001";
    private static readonly object[] Fees = [new { code = "GH001", name = "普通门诊诊察费", quantity = 1, amountFen = 1_000 }];
    private static readonly TimeSpan China = TimeSpan.FromHours(8), Soon = TimeSpan.FromSeconds(20);
    private readonly HttpClient http;
    private readonly VirtualSlot slot = new();
    private readonly VirtualCard card;
    private readonly SoftSam sam;
    private readonly string name, number, residentId, deskId;
    private int visits;

    private CardDesk(HttpClient http, VirtualCard card, SoftSam sam, string name, string number, string residentId, string deskId)
    {
        (this.http, this.card, this.sam, this.name, this.number, this.residentId, this.deskId) = (http, card, sam, name, number, residentId, deskId);
        slot.Insert(card);
    }

    /// <summary>A fresh test identity with a card handed out, at a desk of its own.</summary>
    public static async Task<CardDesk> Open(RunningPlatform platform, HttpClient desk, HttpClient office, int index)
    {
        var number = TestNumber(index);
        var name = $"卡测试{index}";
        using (var mllp = new MllpClient(platform.MllpPort)) await MllpLoad.Send(mllp, MllpLoad.Registration($"C{number[6..17]}", $"C{number[6..17]}^^^MYCH^MR~{number}^^^CN^NI", name, number[6..14]));
        var issued = await Issue(office, number);
        var image = CardImage.FromJson(System.Text.Encoding.UTF8.GetBytes(issued.GetProperty("image").GetRawText()));
        // The sequence must go on from run to run: the bridge takes none twice.
        var folder = Directory.CreateDirectory(Path.Combine(platform.Data, "bench-desk", "sequences")).FullName;
        var sam = new SoftSam(MasterKeys.TestPurseDesk, "51070000000000000002", $"5107040{index:D5}", new SequenceFile(Path.Combine(folder, $"desk-{index}")), development: true);
        return new CardDesk(desk, new VirtualCard(image, _ => { }, RandomNumberGenerator.Create()), sam, name, number, issued.GetProperty("residentId").GetString()!, $"BENCH-{index}-{Environment.ProcessId}");
    }

    public Task<JsonElement> Tap() => Post("card/taps", new
    {
        deskId, terminalNo = sam.TerminalNo, cardNo = number, chipSerial = card.ChipSerial, cityCode = "510700", holder = new { name, idNumber = number, sex = "male", birthDate = $"{number[6..10]}-{number[10..12]}-{number[12..14]}" },
    });

    /// <summary>Tap to settled. The last call's time is given apart: it holds one call of the insurer.</summary>
    public async Task<double> Visit()
    {
        await Tap();
        var visitTx = $"{deskId}|{TimeProvider.System.GetUtcNow().ToOffset(China):yyyyMMdd}|{Interlocked.Increment(ref visits)}";
        var visit = $"card/visits/{Uri.EscapeDataString(visitTx)}";
        await Post("card/visits", new { visitTx, deskId, residentId, cardNo = number, departmentCode = "0300" });
        var quote = await Post($"{visit}/pre-settlement", new { feeLines = Fees });
        await Debit(visit, quote.GetProperty("selfFen").GetInt64());
        var clock = Stopwatch.StartNew();
        var settled = await Post($"{visit}/settlement", new { });
        var took = clock.Elapsed.TotalMilliseconds;
        if (!settled.TryGetProperty("settlementId", out _)) throw new InvalidOperationException($"Not settled: {settled}");
        return took;
    }

    private async Task Debit(string visit, long fen)
    {
        if (fen == 0) return;
        var purse = new PurseSession(new CardChannel(slot.Connect()), sam, card.ChipSerial, "510700");
        purse.Open();
        var intent = purse.Initialise(fen, TimeProvider.System.GetUtcNow().ToOffset(China).DateTime);
        await Post($"{visit}/debit/intent", intent);
        if (purse.Debit(intent) is not DebitOutcome.Debited debited) throw new InvalidOperationException("The chip did not debit.");
        await Post($"{visit}/debit/outcome", new { outcome = "debited", tac = debited.Tac, mac2 = debited.Mac2, intent.CardSeq, intent.TermSeq });
    }

    private async Task<JsonElement> Post(string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {text}");
    }

    private static async Task<JsonElement> Issue(HttpClient office, string number)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var clock = Stopwatch.StartNew();
        while (true)
        {
            using var answer = await office.PostAsJsonAsync("/card/cards", new { idNumber = number, institutionCode = Centre, purseBalanceFen = 100_000 });
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.IsSuccessStatusCode) return JsonDocument.Parse(text).RootElement;
            // The message is durable at once and a record a moment later.
            if (clock.Elapsed > Soon) throw new InvalidOperationException($"The card was not issued: {text}");
            await again.WaitForNextTickAsync();
        }
    }

    private static string TestNumber(int index)
    {
        var born = new DateOnly(1950, 1, 1).AddDays(Random.Shared.Next(20_000));
        var digits = $"{ResidentIdNumber.TestDivision}{born:yyyyMMdd}{(index * 2 + 1) % 1000:000}";
        return digits + ResidentIdNumber.CheckCharacter(digits);
    }
}
