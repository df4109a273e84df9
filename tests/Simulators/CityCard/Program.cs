using System.Text.Json;
using Health.Simulators;
using Health.Simulators.CityCard;

// The city-card operator of the demo city. Settings: CityCard:StateFile (journal that survives a restart), CityCard:MasterKey (hex; the published test TAC key by default).
var builder = WebApplication.CreateBuilder(args);
if (builder.Configuration["urls"] is null) builder.WebHost.UseUrls("http://127.0.0.1:8094");
var app = builder.Build();
var clock = TimeProvider.System;
// Faults of the operations bindings, transactions, refunds, loads, load-outcomes, blacklist or *.
var faults = new FaultPlan("delay", "lose-answer", "error", "duplicate");
var keys = new Keys(Convert.FromHexString(builder.Configuration["CityCard:MasterKey"] ?? Keys.PublishedTestMaster), Convert.FromHexString(builder.Configuration["CityCard:CityFactor"] ?? Keys.Sichuan));
var loads = new Loads(new LoadKeys(
    Convert.FromHexString(builder.Configuration["CityCard:LoadKey"] ?? LoadKeys.PublishedLoadMaster), Convert.FromHexString(builder.Configuration["CityCard:MasterKey"] ?? Keys.PublishedTestMaster),
    Convert.FromHexString(builder.Configuration["CityCard:CityFactor"] ?? Keys.Sichuan)));
var company = new Operator(builder.Configuration["CityCard:StateFile"], keys);

app.MapGet("/health/live", () => "live");

app.MapPost("/bindings", (BindingRequest request, HttpContext http) => Faulty("bindings", request.ChipSerial ?? "", http, () =>
{
    if (request.HealthCard is not { Length: > 0 } || request.ChipSerial is not { Length: > 0 } || request.PurseNo is { } number && (number.Length != 16 || !number.All(char.IsAsciiDigit)))
        return Results.BadRequest("healthCard and chipSerial are needed; purseNo, if given, has 16 digits");
    var (purseNo, conflict) = company.Bind(request);
    return conflict is null ? Results.Json(new { purseNo }) : Results.Conflict(conflict);
}));
app.MapPost("/transactions", (TerminalTransaction[] batch, HttpContext http) => Faulty("transactions", JsonSerializer.Serialize(batch), http, () => Results.Json(batch.Select(company.Take).ToArray())));
app.MapPost("/refunds", (RefundRequest request, HttpContext http) => Faulty("refunds", JsonSerializer.Serialize(request), http, () =>
    company.Refund(request, clock.GetUtcNow().ToOffset(TimeSpan.FromHours(8)).ToString("yyyyMMdd")) is { } reason ? Results.Conflict(reason) : Results.Json(new { request.RefundId, state = "refunded" })));
app.MapPost("/loads", (LoadRequest request, HttpContext http) => Faulty("loads", JsonSerializer.Serialize(request), http, () =>
{
    if (!Digits(request.PurseNo, 16) || !Digits(request.TerminalNo, 12) || request.Challenge is not { Length: 8 } || request.CardSeq is < 0 or > ushort.MaxValue) return Results.BadRequest("malformed");
    var (right, reason) = loads.Authorise(request, clock.GetUtcNow(), company.IsBlocked(request.PurseNo));
    return reason is null ? Results.Json(right) : Results.Conflict(reason);
}));
app.MapPost("/loads/{loadId}/outcome", (string loadId, LoadOutcome outcome, HttpContext http) => Faulty("load-outcomes", loadId, http, () =>
    loads.Decide(loadId, outcome) is { } reason ? Results.Conflict(reason) : Results.Json(new { loadId, outcome.Outcome })));
app.MapGet("/control/loads", () => Results.Json(loads.Ledger()));
app.MapGet("/blacklist", (Delegate)((HttpContext http) => Faulty("blacklist", "", http, () => Results.Json(company.Blacklist(clock.GetUtcNow())))));
app.MapPost("/blacklist", (BlacklistChange change) => { company.Block(change); return Results.Json(change); });
app.MapGet("/clearing/{day}", (string day) => Results.Text(company.Clearing(day), "text/csv"));

app.MapPost("/control/faults", (Fault fault) =>
{
    if (faults.Wrong(fault) is { } wrong) return Results.BadRequest(wrong);
    faults.Plan(fault);
    return Results.NoContent();
});
app.MapGet("/control/faults", () => faults.Left());
app.MapDelete("/control/faults", () => { faults.Clear(); return Results.NoContent(); });
app.MapGet("/control/ledger", () => Results.Json(company.Ledger()));
app.Run();

static bool Digits(string? text, int length) => text?.Length == length && text.All(char.IsAsciiDigit);

async Task<IResult> Faulty(string operation, string text, HttpContext http, Func<IResult> act)
{
    var fault = faults.Take(operation, text);
    if (fault?.Mode == "error") return Results.StatusCode(500);
    var result = act();
    if (fault?.Mode == "duplicate") result = act();
    if (fault?.Mode == "delay") await Task.Delay(TimeSpan.FromMilliseconds(fault.Milliseconds), clock, http.RequestAborted);
    if (fault?.Mode != "lose-answer") return result;
    http.Abort();
    return Results.Empty;
}
