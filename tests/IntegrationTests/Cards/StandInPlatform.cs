using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Health.CardAgent.Platform;
using Health.Cards;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Health.IntegrationTests.Cards;

/// <summary>
/// The platform as the desk sees it: token endpoint that checks the signed assertion, and the card bridge's calls in memory, with the answers a
/// test wants lost. The real bridge is tested with the agent in the resident's day.
/// </summary>
public sealed class StandInPlatform : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly ConcurrentDictionary<string, byte> usedAssertions = new();
    private int visitNumbers, requests;

    private StandInPlatform(WebApplication app, string folder)
    {
        this.app = app;
        JwkFile = Path.Combine(folder, "desk.private.jwk");
        List = BlacklistDocument.Issue(1, TimeProvider.System.GetUtcNow(), [], City);
        File.WriteAllText(JwkFile, Jwk());
        Map();
    }

    public string JwkFile { get; }
    public string Url => app.Urls.First();
    public string CardState { get; set; } = "active";
    public long SelfFen { get; set; } = 2_180;
    public ConcurrentDictionary<string, Visit> Visits { get; } = new();

    /// <summary>Paths (endings) whose answer is lost after the work was done.</summary>
    public ConcurrentDictionary<string, byte> Deaf { get; } = new();

    /// <summary>Requests that arrived, answered or not.</summary>
    public int Requests => requests;

    /// <summary>The line is cut: every request ends without an answer.</summary>
    public bool Away { get; set; }

    /// <summary>The city's key for blacklists, and the list the platform gives.</summary>
    public Sm2KeyPair City { get; } = Sm2KeyPair.Generate();
    public BlacklistDocument List { get; private set; }

    /// <summary>What was taken of the desk's journal.</summary>
    public List<OfflineEntry> Journal { get; } = [];

    /// <summary>The next version of the list.</summary>
    public void Block(DateTimeOffset issuedAt, params ReadOnlySpan<ulong> keys) => List = BlacklistDocument.Issue(List.Version + 1, issuedAt, [.. List.Keys.Span, .. keys], City);

    /// <summary>Released when a request with this path ending arrives, and then held until disposed: the moment to kill the agent.</summary>
    public (string Ending, TaskCompletionSource Reached, TaskCompletionSource Go)? Hold { get; set; }

    public sealed class Visit
    {
        public required string Number { get; init; }
        public string State { get; set; } = "registered";
        public IntentBody? Intent { get; set; }
        public List<OutcomeBody> Outcomes { get; } = [];
        public long TotalFen { get; set; }
        public int Settlements { get; set; }
        public List<LegAnswer> Legs { get; } = [];
        public string? Reversed { get; private set; }

        public TendersAnswer Plan(TendersBody body)
        {
            Legs.Clear();
            Legs.AddRange(body.Tenders.Select((tender, index) => new LegAnswer($"leg-{index + 1}", tender.Kind, tender.AmountFen, "planned")));
            return new TendersAnswer(State, Legs);
        }

        public TendersAnswer Collect(string leg)
        {
            var index = Legs.FindIndex(known => known.Leg == leg);
            Legs[index] = Legs[index] with { State = "collected" };
            return new TendersAnswer(State, Legs);
        }

        public IResult Reverse(string reason)
        {
            if (State is not ("closed" or "reversed")) return Results.Problem($"no reversal when {State}", statusCode: 409);
            (State, Reversed) = ("reversed", reason);
            return Results.Ok(new StateAnswer(State));
        }
    }

    public static async Task<StandInPlatform> Start(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var platform = new StandInPlatform(builder.Build(), folder);
        await platform.app.StartAsync();
        return platform;
    }

    public async ValueTask DisposeAsync()
    {
        Hold?.Go.TrySetResult();
        await app.DisposeAsync();
        key.Dispose();
    }

    private void Map()
    {
        app.Use(async (http, next) =>
        {
            Interlocked.Increment(ref requests);
            if (Away)
            {
                http.Abort();
                return;
            }
            if (Hold is { } hold && http.Request.Path.Value!.EndsWith(hold.Ending, StringComparison.Ordinal))
            {
                hold.Reached.TrySetResult();
                await hold.Go.Task;
            }
            await next();
            if (Deaf.Keys.Any(ending => http.Request.Path.Value!.EndsWith(ending, StringComparison.Ordinal))) http.Abort();
        });
        app.MapGet("/.well-known/openid-configuration", () => new { token_endpoint = $"{Url}/identity/token" });
        app.MapPost("/identity/token", async (HttpRequest request) => Token(await request.ReadFormAsync()));
        var card = app.MapGroup("/card").AddEndpointFilter(async (context, next) =>
            context.HttpContext.Request.Headers.Authorization == "Bearer stand-in" ? await next(context) : Results.Unauthorized());
        card.MapPost("/taps", (TapBody body) => body.Holder.Name == Chips.Name && body.Holder.Sex == "male" && body.ChipSerial == Chips.Serial
            ? Results.Ok(new TapAnswer(CardState == "active" ? "resident-1" : null, "张测试", CardState, null, true, Chips.PurseNo, "free"))
            : Results.Problem("wrong tap", statusCode: 422));
        card.MapPost("/visits", (VisitBody body) =>
        {
            var visit = Visits.GetOrAdd(body.VisitTx, _ => new Visit { Number = $"MZ{Interlocked.Increment(ref visitNumbers):0000}" });
            return new VisitAnswer(body.VisitTx, visit.Number, visit.State);
        });
        card.MapPost("/visits/{tx}/pre-settlement", (string tx, PreSettlementBody body) =>
        {
            var visit = Visits[tx];
            (visit.State, visit.TotalFen) = ("pre-settled", body.FeeLines.Sum(line => line.AmountFen));
            return new PreSettlementAnswer("pre-settled", visit.TotalFen, visit.TotalFen - SelfFen, 0, SelfFen, TimeProvider.System.GetUtcNow().AddMinutes(5));
        });
        card.MapPost("/visits/{tx}/debit/intent", (string tx, IntentBody body) => Intend(Visits[tx], body));
        card.MapPost("/visits/{tx}/debit/outcome", (string tx, OutcomeBody body) => Decide(Visits[tx], body));
        card.MapGet("/desks/{desk}/open", (string desk) => new OpenVisits(
            [.. Visits.Where(visit => visit.Key.StartsWith(desk + "|", StringComparison.Ordinal) && visit.Value.State is "reserved" or "purse-unknown").Select(visit => Open(visit.Key, visit.Value))]));
        card.MapPost("/visits/{tx}/tenders", (string tx, TendersBody body) => Visits[tx].Plan(body));
        card.MapPost("/visits/{tx}/tenders/{leg}/collect", (string tx, string leg) => Visits[tx].Collect(leg));
        card.MapPost("/visits/{tx}/reversal", (string tx, ReversalBody body) => Visits[tx].Reverse(body.Reason));
        MapOffline(card);
        card.MapPost("/purse/loads", (LoadBody body) => Loads.GetOrAdd(body.LoadId, _ => Right(body)));
        card.MapPost("/purse/loads/{load}/outcome", (string load, LoadOutcomeBody body) => Results.Ok(LoadOutcomes[load] = new LoadAnswer(body.Outcome, null, null, body.Tac)));
        card.MapPost("/visits/{tx}/settlement", (string tx) => Settle(Visits[tx]));
    }

    private void MapOffline(RouteGroupBuilder card)
    {
        Sm2PublicKey? key = null;
        card.MapPost("/desks/{desk}/journal-key", (string desk, JournalKeyBody body) =>
        {
            key = Sm2PublicKey.FromHex(body.PublicKey);
            return new JournalKeyAnswer(0, OfflineHead.Start.Hash, OfflineHead.Start.At, Convert.ToHexString(Seal.Public.Bytes.Span));
        });
        card.MapPost("/desks/{desk}/offline-numbers", (string desk, NumbersBody body) => new NumberBlock(body.Day, body.Block, (body.Block - 1) * 50 + 1, body.Block * 50));
        card.MapPost("/desks/{desk}/offline", (string desk, OfflineEntries body) =>
        {
            lock (Journal)
            {
                foreach (var entry in body.Entries)
                {
                    if (entry.Seq <= Journal.Count && Journal[(int)entry.Seq - 1] == entry) continue;
                    if (OfflineChain.Wrong(entry, Journal.Count == 0 ? OfflineHead.Start : OfflineChain.After(Journal[^1]), desk, key!) is { } wrong) return Results.Problem(wrong, statusCode: 422);
                    Journal.Add(entry);
                }
                return Results.Ok(new OfflineTaken(Journal.Count));
            }
        });
        card.MapGet("/blacklist/full", () => Results.Bytes(List.ToBytes()));
        card.MapGet("/blacklist/delta", (long from) => from == List.Version ? Results.NoContent() : Results.Problem("too old", statusCode: 410));
    }

    /// <summary>Opens what a desk sealed for the platform.</summary>
    public Sm2KeyPair Seal { get; } = Sm2KeyPair.Generate();

    public ConcurrentDictionary<string, LoadAnswer> Loads { get; } = new();
    public ConcurrentDictionary<string, LoadAnswer> LoadOutcomes { get; } = new();

    // The operator's code, from the published test keys.
    private static LoadAnswer Right(LoadBody load)
    {
        var key = PurseMacs.KeyOf(MasterKeys.TestPurse.Find(SamKey.Of(PurseKey.Load))!, "510700", load.PurseNo);
        var session = CardCrypto.Diversify(key, PurseMacs.LoadFactor(Convert.FromHexString(load.Challenge), (ushort)load.CardSeq));
        var mac1 = Sm4.Mac4(session, PurseMacs.LoadMac1Data(load.BalanceFen, load.AmountFen, load.TerminalNo));
        if (Convert.ToHexString(mac1) != load.Mac1) return new LoadAnswer("refused", null, null, "MAC1");
        const string time = "20261124120000";
        var mac2 = Sm4.Mac4(session, PurseMacs.LoadMac2Data(load.AmountFen, load.TerminalNo, DateTime.ParseExact(time, "yyyyMMddHHmmss", null)));
        return new LoadAnswer("authorised", time, Convert.ToHexString(mac2), null);
    }

    private IResult Intend(Visit visit, IntentBody body)
    {
        if (visit.State == "purse-unknown") return Results.Problem("undecided", statusCode: 409);
        if (visit.State != "pre-settled" || body.AmountFen != (visit.Legs.FirstOrDefault(leg => leg.Kind == "purse")?.AmountFen ?? SelfFen)) return Results.Problem($"no debit when {visit.State}", statusCode: 409);
        (visit.State, visit.Intent) = ("reserved", body);
        return Results.Ok(new StateAnswer("reserved"));
    }

    private static IResult Decide(Visit visit, OutcomeBody body)
    {
        if (visit.Intent is not { } intent || intent.CardSeq != body.CardSeq || intent.TermSeq != body.TermSeq) return Results.Problem("No debit was reserved.", statusCode: 409);
        visit.Outcomes.Add(body);
        if (visit.State is "reserved" or "purse-unknown")
            visit.State = body.Outcome switch
            {
                "debited" or "proved-charged" when body.Tac is null || body.Tac == Tac(intent) => "debited",
                "refused" or "proved-not-charged" => "pre-settled",
                _ => "purse-unknown",
            };
        return Results.Ok(new StateAnswer(visit.State));
    }

    private IResult Settle(Visit visit)
    {
        if (visit.State is not ("debited" or "closed") && !(visit.State == "pre-settled" && SelfFen == 0)) return Results.Problem($"not paid: {visit.State}", statusCode: 409);
        if (visit.State != "closed") visit.Settlements++;
        visit.State = "closed";
        return Results.Ok(new { state = "closed", settlementId = "S-" + visit.Number, receipt = new { number = "R-" + visit.Number, texts = new { zh = new[] { Chips.Name } } } });
    }

    private static OpenVisit Open(string tx, Visit visit) => new(tx, visit.State, visit.Intent is { } debit
        ? new OpenVisitDebit(debit.ChipSerial, debit.AmountFen, debit.TerminalNo, debit.TermSeq, debit.CardSeq, debit.LocalTime, false)
        : null);

    // The operator's own computation, from the published test keys.
    private static string Tac(IntentBody intent)
    {
        var tacKey = PurseMacs.KeyOf(MasterKeys.TestPurse.Find(SamKey.Of(PurseKey.Tac))!, "510700", intent.PurseNo);
        var local = DateTime.ParseExact(intent.LocalTime, "yyyyMMddHHmmss", null);
        return Convert.ToHexString(Sm4.Mac4(tacKey, PurseMacs.TacData(intent.AmountFen, intent.TerminalNo, intent.TermSeq, local)));
    }

    private IResult Token(IFormCollection form)
    {
        var parts = form["client_assertion"].ToString().Split('.');
        var claims = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1])).RootElement;
        var signed = key.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), System.Buffers.Text.Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        var good = signed && form["grant_type"] == "client_credentials" && claims.GetProperty("iss").GetString() == "demo-desk" && claims.GetProperty("sub").GetString() == "demo-desk"
            && claims.GetProperty("aud").GetString() == $"{Url}/identity/token" && usedAssertions.TryAdd(claims.GetProperty("jti").GetString()!, 0);
        return good ? Results.Json(new { access_token = "stand-in", token_type = "Bearer", expires_in = 300 }) : Results.BadRequest(new { error = "invalid_client" });
    }

    private string Jwk()
    {
        var secret = key.ExportParameters(true);
        static string Text(byte[]? bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
        return JsonSerializer.Serialize(new { kty = "EC", crv = "P-384", x = Text(secret.Q.X), y = Text(secret.Q.Y), d = Text(secret.D), kid = "desk-1", alg = "ES384" });
    }
}
