using System.Text.Json;
using Health.Simulators;
using Health.Simulators.Acquirer;

// The acquirer of bank and mobile payments of the demo city. Settings: Acquirer:StateFile (journal that survives a restart).
var builder = WebApplication.CreateSlimBuilder(args);
if (builder.Configuration["urls"] is null) builder.WebHost.UseUrls("http://127.0.0.1:8096");
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
var app = builder.Build();
// Faults of the operations pay, query, close, refunds or *: delay (answered late), late (carried out late), lose-answer (carried out, no answer), error (500, not
// carried out), duplicate (delivered twice), contradict (carried out, and answered with a no).
var faults = new FaultPlan("delay", "late", "lose-answer", "error", "duplicate", "contradict");
var house = new House(builder.Configuration["Acquirer:StateFile"]);

app.MapGet("/health/live", () => "live");

app.MapPost("/orders", (PayRequest request, HttpContext http) =>
{
    if (request.OrderNo is not { Length: >= 6 and <= 64 } || request.Channel is not ("bank" or "mobile") || request.AuthCode is not { Length: >= 6 }) return Task.FromResult(Results.BadRequest("orderNo, channel and authCode are needed"));
    return Faulty("pay", JsonSerializer.Serialize(request), http, () => house.Pay(request, Now()) is ({ } order, _) ? Results.Json(order) : Results.Conflict("another order has this number"));
});
app.MapGet("/orders/{orderNo}", (string orderNo, HttpContext http) => Faulty("query", orderNo, http, () => Results.Json(house.Query(orderNo, Now()))));
app.MapPost("/orders/{orderNo}/close", (string orderNo, HttpContext http) => Faulty("close", orderNo, http, () => Results.Json(house.Close(orderNo, Now()))));
app.MapPost("/refunds", (RefundRequest request, HttpContext http) => Faulty("refunds", JsonSerializer.Serialize(request), http, () =>
    house.Refund(request, Now()) is { } reason ? Results.Conflict(reason) : Results.Json(new { state = "refunded", reference = request.RefundNo })));
app.MapGet("/statement/{day}", (string day) => Results.Text(house.Statement(day), "text/csv"));

app.MapPost("/control/faults", (Fault fault) =>
{
    if (faults.Wrong(fault) is { } wrong) return Results.BadRequest(wrong);
    faults.Plan(fault);
    return Results.NoContent();
});
app.MapGet("/control/faults", () => faults.Left());
app.MapDelete("/control/faults", () => { faults.Clear(); return Results.NoContent(); });
app.MapGet("/control/ledger", () => Results.Json(house.Ledger()));
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"ready acquirer simulator on {string.Join(", ", app.Urls)}"));
app.Run();

static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

async Task<IResult> Faulty(string operation, string text, HttpContext http, Func<IResult> act)
{
    var fault = faults.Take(operation, text);
    if (fault?.Mode == "error") return Results.StatusCode(500);
    // The caller may have hung up long ago: it is carried out all the same.
    if (fault?.Mode == "late") await Task.Delay(TimeSpan.FromMilliseconds(fault.Milliseconds), TimeProvider.System, app.Lifetime.ApplicationStopping);
    var result = act();
    if (fault?.Mode == "duplicate") result = act();
    if (fault?.Mode == "delay") await Task.Delay(TimeSpan.FromMilliseconds(fault.Milliseconds), TimeProvider.System, http.RequestAborted);
    if (fault?.Mode == "contradict") return Results.Json(new { state = "failed" });
    if (fault?.Mode != "lose-answer") return result;
    http.Abort();
    return Results.Empty;
}
