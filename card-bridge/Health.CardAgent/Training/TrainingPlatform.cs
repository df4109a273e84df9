using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Health.CardAgent.Platform;

namespace Health.CardAgent.Training;

/// <summary>
/// Stands in the place of the network in training mode: the desk works as it always does, and nothing leaves this process. The insurance pays 60 %; visits live until the
/// agent ends; loads and offline work are not practised.
/// </summary>
public sealed class TrainingPlatform(TimeProvider time) : HttpMessageHandler
{
    private sealed class Visit
    {
        public required string Number { get; init; }
        public string State { get; set; } = "registered";
        public long TotalFen { get; set; }
        public long FundFen => TotalFen * 6 / 10;
        public List<LegAnswer> Legs { get; } = [];
    }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly ConcurrentDictionary<string, Visit> visits = new(StringComparer.Ordinal);
    private int numbers;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = Uri.UnescapeDataString(request.RequestUri!.AbsolutePath).TrimStart('/').Split('/');
        var answer = path switch
        {
            ["card", "taps"] => Tap((await Body<TapBody>(request, cancellationToken))!),
            ["card", "visits"] => Register((await Body<VisitBody>(request, cancellationToken))!),
            ["card", "desks", _, "open"] => new OpenVisits([]),
            ["card", "visits", var tx, .. var step] when visits.TryGetValue(tx, out var visit) => await Step(visit, step, request, cancellationToken),
            _ => null,
        };
        return answer is null
            ? new HttpResponseMessage(HttpStatusCode.NotFound) { Content = JsonContent.Create(new { detail = "培训模式不含此功能 Not part of the training" }) }
            : new HttpResponseMessage(HttpStatusCode.OK) { Content = JsonContent.Create(answer, answer.GetType(), null, Json) };
    }

    private static TapAnswer Tap(TapBody body) => new("training", body.Holder.Name, "active", null, true, body.CardData.GetValueOrDefault("purse") ?? TrainingCard.PurseNo, "free");

    private VisitAnswer Register(VisitBody body)
    {
        var visit = visits.GetOrAdd(body.VisitTx, _ => new Visit { Number = $"培训{Interlocked.Increment(ref numbers):0000}" });
        return new VisitAnswer(body.VisitTx, visit.Number, visit.State);
    }

    private async Task<object?> Step(Visit visit, string[] step, HttpRequestMessage request, CancellationToken ct)
    {
        switch (step)
        {
            case ["pre-settlement"]:
                (visit.TotalFen, visit.State) = ((await Body<PreSettlementBody>(request, ct))!.FeeLines.Sum(line => line.AmountFen), "pre-settled");
                return new PreSettlementAnswer(visit.State, visit.TotalFen, visit.FundFen, 0, visit.TotalFen - visit.FundFen, time.GetUtcNow().AddMinutes(5));
            case ["tenders"]:
                visit.Legs.Clear();
                visit.Legs.AddRange((await Body<TendersBody>(request, ct))!.Tenders.Select((tender, index) => new LegAnswer($"L{index + 1}", tender.Kind, tender.AmountFen, "planned")));
                return new TendersAnswer(visit.State, visit.Legs);
            case ["tenders", var leg, "collect"]:
                for (var i = 0; i < visit.Legs.Count; i++) visit.Legs[i] = visit.Legs[i].Leg == leg ? visit.Legs[i] with { State = "collected" } : visit.Legs[i];
                return new TendersAnswer(visit.State, visit.Legs);
            case ["debit", "intent"]:
                visit.State = "reserved";
                return new StateAnswer(visit.State);
            case ["debit", "outcome"]:
                visit.State = (await Body<OutcomeBody>(request, ct))!.Outcome is "debited" or "proved-charged" ? "debited" : "pre-settled";
                return new StateAnswer(visit.State);
            case ["settlement"]:
                visit.State = "closed";
                return new { state = visit.State, settlementId = "培训", receipt = new { number = "培训 TRAINING" } };
            case ["reversal"]:
                visit.State = "reversed";
                return new StateAnswer(visit.State);
            default:
                return null;
        }
    }

    private static Task<T?> Body<T>(HttpRequestMessage request, CancellationToken ct) => request.Content!.ReadFromJsonAsync<T>(Json, ct);
}
