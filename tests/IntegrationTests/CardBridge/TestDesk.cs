using System.Net;
using System.Text.Json;
using Health.Cards;

namespace Health.IntegrationTests.CardBridge;

/// <summary>A desk with a virtual chip in its reader: the same calls as the desk agent makes, one by one, so that a test can stop between any two.</summary>
internal sealed class TestDesk
{
    public static readonly object[] Fees =
    [
        new { code = "001102000010000", name = "普通门诊诊察费", quantity = 1, amountFen = 1_200 },
        new { code = "XA10BA02000000000000001", name = "二甲双胍片", quantity = 2, amountFen = 8_800 },
    ];

    private const string DefaultTerminal = "510700000001";
    private static int sequence;
    private readonly HttpClient http;
    private readonly VirtualSlot slot = new();
    private readonly SoftSam sam;
    private readonly string folder, name;
    private readonly JsonElement issued;

    public TestDesk(HttpClient http, VirtualCard card, string folder, string idNumber, string name, JsonElement issued, string terminalNo = DefaultTerminal)
    {
        this.http = http;
        this.folder = folder;
        this.name = name;
        this.issued = issued;
        Card = card;
        IdNumber = idNumber;
        ResidentId = issued.GetProperty("residentId").GetString()!;
        PurseNo = issued.GetProperty("purseNo").GetString()!;
        sam = new SoftSam(MasterKeys.TestPurseDesk, "00000000000000000001", terminalNo, new SequenceFile(Path.Combine(folder, terminalNo == DefaultTerminal ? "term-seq" : $"term-seq-{terminalNo}")), development: true);
        slot.Insert(card);
        VisitTx = $"{BridgeHouse.Centre}|desk-1|20261124|{Interlocked.Increment(ref sequence)}";
    }

    /// <summary>The same person and card before a desk of another clinic, with a terminal of its own and another clock.</summary>
    public TestDesk At(HttpClient other, string terminalNo, DateTime localTime) => new(other, Card, folder, IdNumber, name, issued, terminalNo) { LocalTime = localTime };

    public DateTime LocalTime { get; init; } = new(2026, 11, 24, 12, 1, 0);
    public VirtualCard Card { get; }
    public string IdNumber { get; }
    public string Name => name;
    public string ResidentId { get; }
    public string PurseNo { get; }
    public string VisitTx { get; }

    public Task<(HttpStatusCode Status, JsonElement Body)> Tap(string? chipSerial = null, string? holderName = null) => Call("card/taps", new
    {
        deskId = "desk-1", terminalNo = sam.TerminalNo, cardNo = IdNumber, chipSerial = chipSerial ?? Card.ChipSerial, cityCode = "510700",
        holder = new { name = holderName ?? name, idNumber = IdNumber, sex = "male", birthDate = "1970-01-01" },
    });

    public Task<(HttpStatusCode Status, JsonElement Body)> Register(string department = "0300") =>
        Call("card/visits", new { visitTx = VisitTx, deskId = "desk-1", residentId = ResidentId, cardNo = IdNumber, departmentCode = department });

    public Task<(HttpStatusCode Status, JsonElement Body)> PreSettle(object[]? lines = null) => Call(Step("pre-settlement"), new { feeLines = lines ?? Fees });

    public Task<(HttpStatusCode Status, JsonElement Body)> Intend(PurseIntent intent) => Call(Step("debit/intent"), intent);

    public Task<(HttpStatusCode Status, JsonElement Body)> Report(PurseIntent intent, string outcome, string? tac = null, string? mac2 = null, string? sw = null) =>
        Call(Step("debit/outcome"), new { outcome, tac, mac2, intent.CardSeq, intent.TermSeq, sw });

    public Task<(HttpStatusCode Status, JsonElement Body)> Settle() => Call(Step("settlement"), new { });

    public Task<(HttpStatusCode Status, JsonElement Body)> Plan(params (string Kind, long AmountFen)[] tenders) =>
        Call(Step("tenders"), new { tenders = tenders.Select(tender => new { kind = tender.Kind, amountFen = tender.AmountFen }).ToArray() });

    public Task<(HttpStatusCode Status, JsonElement Body)> Collect(string leg, string? authCode = null) => Call(Step($"tenders/{leg}/collect"), new { authCode });

    public Task<(HttpStatusCode Status, JsonElement Body)> HandBack(string leg) => Call(Step($"tenders/{leg}/refund"), new { });

    public Task<(HttpStatusCode Status, JsonElement Body)> Cancel() => Call(Step("cancel"), new { });

    public Task<(HttpStatusCode Status, JsonElement Body)> Reverse(string reason = "wrong department") => Call(Step("reversal"), new { reason });

    public Task<(HttpStatusCode Status, JsonElement Body)> Rate(int stars) => Call(Step("rating"), new { stars });

    /// <summary>Waits until the visit stands where it should; what is not known is decided without the desk.</summary>
    public async Task<JsonElement> Until(params string[] states)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        JsonElement visit;
        while (Array.IndexOf(states, (visit = await Show()).GetProperty("state").GetString()) < 0) await timer.WaitForNextTickAsync(limit.Token);
        return visit;
    }

    public async Task<JsonElement> Show()
    {
        using var response = await http.GetAsync($"card/visits/{Uri.EscapeDataString(VisitTx)}");
        return await BridgeHouse.Body(response);
    }

    public async Task<JsonElement> Open()
    {
        using var response = await http.GetAsync("card/desks/desk-1/open");
        return (await BridgeHouse.Body(response)).GetProperty("visits");
    }

    /// <summary>INIT FOR PURCHASE and, when <paramref name="then"/> wants it, what follows on the same connection.</summary>
    public PurseIntent Initialise(long fen, out PurseSession purse)
    {
        purse = Purse();
        purse.Open();
        return purse.Initialise(fen, LocalTime);
    }

    /// <summary>The purse of the card in the reader, opened for a load.</summary>
    public LoadSession Loads()
    {
        var channel = new CardChannel(slot.Connect());
        var purse = new PurseSession(channel, sam, Card.ChipSerial, "510700");
        purse.Open();
        return new LoadSession(purse, channel, Card.ChipSerial, sam.TerminalNo);
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> Post(string path, object body) => Call(path, body);

    /// <summary>The card is back: what does it say of that debit?</summary>
    public ProofOutcome Prove(PurseIntent intent)
    {
        slot.Insert(Card);
        return Purse().Prove(intent);
    }

    /// <summary>Up to the pre-settlement; the own share in fen.</summary>
    public async Task<long> UpToPreSettlement()
    {
        Assert.Equal(HttpStatusCode.OK, (await Tap()).Status);
        Assert.Equal("registered", (await Register()).Body.GetProperty("state").GetString());
        var (status, quote) = await PreSettle();
        Assert.True(status == HttpStatusCode.OK, quote.ToString());
        return quote.GetProperty("selfFen").GetInt64();
    }

    /// <summary>Up to the debit, which goes well.</summary>
    public async Task<PurseIntent> UpToDebit()
    {
        var intent = Initialise(await UpToPreSettlement(), out var purse);
        Assert.Equal("reserved", (await Intend(intent)).Body.GetProperty("state").GetString());
        var debited = Assert.IsType<DebitOutcome.Debited>(purse.Debit(intent));
        Assert.Equal("debited", (await Report(intent, "debited", debited.Tac, debited.Mac2)).Body.GetProperty("state").GetString());
        return intent;
    }

    /// <summary>Asks for the settlement until it is there, as a desk does.</summary>
    public async Task<JsonElement> SettleUntilDone()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (true)
        {
            var (status, body) = await Settle();
            if (status == HttpStatusCode.OK) return body;
            Assert.True(status == HttpStatusCode.Accepted, body.ToString());
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    private PurseSession Purse() => new(new CardChannel(slot.Connect()), sam, Card.ChipSerial, "510700");

    private string Step(string step) => $"card/visits/{Uri.EscapeDataString(VisitTx)}/{step}";

    private Task<(HttpStatusCode Status, JsonElement Body)> Call(string path, object body) => BridgeHouse.Call(http, path, body);
}
