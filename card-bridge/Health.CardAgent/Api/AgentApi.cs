using Health.CardAgent.Desk;
using Health.CardAgent.Platform;

namespace Health.CardAgent.Api;

/// <summary>
/// The local API: state, stream of states (Server-Sent Events), and what the clerk can do. Refusals are problem+json: <c>detail</c> in
/// Chinese, <c>title</c> in English.
/// </summary>
public static class AgentApi
{
    public sealed record RegisterBody(string? DepartmentCode);

    public sealed record FeesBody(IReadOnlyList<FeeLine> FeeLines);

    public sealed record PairBody(string? Code);

    /// <param name="VisitTx">Null: the visit at the desk.</param>
    public sealed record ReverseBody(string? VisitTx, string? Reason);

    public sealed record LoadBody(long AmountFen);

    public sealed record PrintBody(string? VisitTx);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => "live");
        routes.MapPost("/pair", (PairBody body, Pairing pairing, HttpResponse response) =>
            pairing.TryPair(body.Code, response) ? Results.NoContent() : Results.Problem("配对码不对或已失效，请重启代理取新码", title: "The pairing code is wrong or spent", statusCode: 403));

        var api = routes.MapGroup("/api").AddEndpointFilter(async (context, next) =>
            context.HttpContext.RequestServices.GetRequiredService<Pairing>().Admits(context.HttpContext.Request)
                ? await next(context)
                : Results.Problem("未配对：需要配对令牌", title: "Not paired: a pairing token is needed", statusCode: 401));
        api.MapGet("/state", (DeskFeed feed) => feed.Now);
        api.MapGet("/events", (DeskFeed feed, IHostApplicationLifetime life, CancellationToken ct) =>
            TypedResults.ServerSentEvents(Until(feed, life.ApplicationStopping, ct), "state"));
        api.MapPost("/visit/register", (RegisterBody body, DeskService desk, DeskFeed feed) => Answer(desk.Register(body.DepartmentCode), feed));
        api.MapPost("/visit/pre-settlement", (FeesBody body, DeskService desk, DeskFeed feed) => Answer(desk.PreSettle(body.FeeLines ?? []), feed));
        api.MapPost("/visit/pay", (DeskService desk, DeskFeed feed) => Answer(desk.Pay(), feed));
        api.MapPost("/visit/tenders", (TendersBody body, DeskService desk, DeskFeed feed) => Answer(desk.Plan(body.Tenders ?? []), feed));
        api.MapPost("/visit/tenders/{leg}/collect", (string leg, CollectBody body, DeskService desk, DeskFeed feed) => Answer(desk.Collect(leg, body.AuthCode), feed));
        api.MapPost("/visit/reversal", (ReverseBody body, DeskService desk, DeskFeed feed) => Answer(desk.Reverse(body.VisitTx, body.Reason ?? ""), feed));
        api.MapPost("/visit/print", (PrintBody body, DeskService desk, DeskFeed feed) => Answer(desk.Print(body.VisitTx), feed));
        api.MapPost("/purse/load", (LoadBody body, DeskService desk, DeskFeed feed) => Answer(desk.Load(body.AmountFen), feed));
        api.MapPost("/card/read", (DeskService desk, DeskFeed feed) => Answer(desk.Read(), feed));
        api.MapPost("/visit/close", (DeskService desk, DeskFeed feed) => Answer(desk.Close(), feed));
        api.MapGet("/receipts/{visitTx}", (string visitTx, VisitStore store) =>
            store.Receipt(visitTx) is { } text ? Results.Text(text, "text/plain; charset=utf-8") : Results.Problem("没有这张收据", title: "No such receipt", statusCode: 404));
    }

    private static async Task<IResult> Answer(Task<DeskRefusal?> work, DeskFeed feed) =>
        await work is { } refusal ? Results.Problem(refusal.Zh, title: refusal.En, statusCode: refusal.Status) : Results.Ok(feed.Now);

    // An open stream would hold the agent's end for the host's whole shutdown time.
    private static async IAsyncEnumerable<DeskView> Until(DeskFeed feed, CancellationToken stopping, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping, ct);
        await using var views = feed.Watch(both.Token).GetAsyncEnumerator(both.Token);
        while (await Next(views)) yield return views.Current;
    }

    private static async Task<bool> Next(IAsyncEnumerator<DeskView> views)
    {
        try
        {
            return await views.MoveNextAsync();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
