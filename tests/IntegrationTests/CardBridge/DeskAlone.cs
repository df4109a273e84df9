using System.Globalization;
using System.Net;
using System.Text.Json;
using Health.Cards;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.CardBridge;

internal sealed record NumberBlock(DateOnly Day, int Block, int First, int Last);

/// <summary>A desk with a journal key that writes what happened while it was alone, and uploads it when told.</summary>
internal sealed class DeskAlone(BridgeHouse house, string deskId)
{
    private static readonly TimeSpan China = TimeSpan.FromHours(8);
    private readonly List<OfflineEntry> entries = [];
    private OfflineHead head = OfflineHead.Start;
    private Sm2PublicKey? sealKey;
    private int visits, numbers;

    public string DeskId => deskId;
    public Sm2KeyPair Key { get; } = Sm2KeyPair.Generate();
    public IReadOnlyList<OfflineEntry> Entries => entries;
    public HttpClient Http { get; } = house.Host.Http.As("demo-desk", BridgeHouse.Centre, "desk");

    public async Task<(HttpStatusCode Status, JsonElement Body)> Register()
    {
        var (status, body) = await BridgeHouse.Call(Http, $"card/desks/{deskId}/journal-key", new { publicKey = Convert.ToHexString(Key.Public.Bytes.Span) });
        if (status == HttpStatusCode.OK) sealKey = Sm2PublicKey.FromHex(body.GetProperty("sealKey").GetString()!);
        return (status, body);
    }

    public async Task<NumberBlock> Numbers(int block)
    {
        var (status, body) = await BridgeHouse.Call(Http, $"card/desks/{deskId}/offline-numbers", new { day = Today, block });
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        return body.Deserialize<NumberBlock>(JsonSerializerOptions.Web)!;
    }

    /// <summary>Registers and charges the card in the desk's reader, alone. The chip really debits.</summary>
    /// <param name="tac">A code to tell instead of the chip's.</param>
    public async Task<(string VisitTx, PurseIntent Intent, string Tac)> Visit(TestDesk desk, long fen, string? tac = null)
    {
        var block = await Numbers(1);
        var visitTx = $"{deskId}|20261124|L{++visits}";
        var number = string.Create(CultureInfo.InvariantCulture, $"C{Today:yyyyMMdd}{block.First + numbers++:D5}");
        Append(OfflineKinds.Registered, visitTx, new OfflineRegistration(number, "0300", desk.Card.ChipSerial, Seal(visitTx, "person", new OfflinePerson(desk.IdNumber, desk.Name, desk.IdNumber, "male", new DateOnly(1970, 1, 2)))));
        var intent = desk.Initialise(fen, out var purse);
        Append(OfflineKinds.Intended, visitTx, new OfflineDebit(intent, fen, Seal(visitTx, "lines", new[] { new { code = "001102000010000", name = "普通门诊诊察费", quantity = 1, amountFen = fen } })));
        var debited = Assert.IsType<DebitOutcome.Debited>(purse.Debit(intent));
        Append(OfflineKinds.Decided, visitTx, new OfflineOutcome(intent.CardSeq, intent.TermSeq, "debited", tac ?? debited.Tac, tac is null ? debited.Mac2 : null, null));
        return (visitTx, intent, debited.Tac);
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> Upload(IReadOnlyList<OfflineEntry> some) => BridgeHouse.Call(Http, $"card/desks/{deskId}/offline", new { entries = some });

    public async Task UploadAll()
    {
        var (status, body) = await Upload(entries);
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        Assert.Equal(entries.Count, body.GetProperty("lastSeq").GetInt64());
    }

    private static DateOnly Today => DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().ToOffset(China).DateTime);

    private void Append<T>(string kind, string visitTx, T body)
    {
        entries.Add(OfflineChain.Next(head, deskId, TimeProvider.System.GetUtcNow(), kind, visitTx, OfflineJson.Write(body), Key));
        head = OfflineChain.After(entries[^1]);
    }

    private string Seal<T>(string visitTx, string part, T value) => Convert.ToBase64String(Sm2Seal.Close(sealKey!, $"{deskId}|{visitTx}|{part}", OfflineJson.Bytes(value)));
}
